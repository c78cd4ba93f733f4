// SPDX-License-Identifier: Apache-2.0
// The picture: nothing overlaps, nothing leaves its box, and what is written is XML whatever the texts are.
#include "outline/flow_layout.h"
#include "outline/flow_svg.h"
#include "outline/text_width.h"
#include "unit/outline/plans.h"

#include <gmock/gmock.h>

#include <cmath>
#include <regex>

namespace greffe {
namespace {

using testing::HasSubstr;
using testing::Not;

PipelineOutline outlineOfSteps(std::vector<StepPlan> steps, const std::string& name = "x") {
    Plan plan;
    PipelinePlan pipeline;
    pipeline.name = name;
    pipeline.description = "A <description> & more";
    pipeline.steps = std::move(steps);
    plan.pipelines.push_back(pipeline);
    return outlineOf(plan, plan.pipelines.front(), {"fr", {}});
}

// Steps inside steps, every kind of them, `depth` levels deep.
std::vector<StepPlan> nested(int depth, int& number) {
    const auto id = [&] {
        return fmt::format("etape-{}-au-nom-tres-long-{}", ++number, std::string(20, 'm'));
    };
    std::vector<StepPlan> steps = {stepOf("wait", id(), {{"for_seconds", 90}})};
    if (depth == 0) return steps;
    StepPlan choose = stepOf("choose", id());
    choose.branches = {
        {"cases.grand dossier, qui est très grand et dont le nom ne finit pas", nested(depth - 1, number)},
        {"cases.petit", {refusal("trop petit")}},
        {"otherwise", {}}};
    StepPlan parallel = stepOf("parallel", id());
    parallel.branches = {{"branches.a", nested(depth - 1, number)}, {"branches.b", {refusal("non")}}};
    StepPlan each = stepOf("each", id(), {{"over", "documents"}, {"as", "pièce"}});
    each.branches = {{"steps", nested(depth - 1, number)}};
    StepPlan task = stepOf("task", id(), {{"ask", "clerk"}, {"answers", {"a", "b"}}, {"expires_days", 3}});
    task.branches = {{"on.a", nested(depth - 1, number)}};
    steps.insert(steps.end(), {choose, each, task, parallel});
    return steps;
}

std::vector<PipelineOutline> allOutlines() {
    std::vector<PipelineOutline> outlines;
    for (const char* name : {"valid-lease", "valid-seal", "valid-layers"}) {
        const Plan plan = keptPlan(name);
        for (const PipelinePlan& pipeline : plan.pipelines)
            for (const char* language : {"fr", "en"})
                outlines.push_back(outlineOf(plan, pipeline, {language, {}}));
    }
    for (int depth = 0; depth < 4; ++depth) {
        int number = 0;
        outlines.push_back(outlineOfSteps(nested(depth, number)));
    }
    return outlines;
}

bool overlap(const FlowBox& a, const FlowBox& b) {
    return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}

TEST(FlowLayout, NoBoxLiesOnAnother) {
    for (const PipelineOutline& outline : allOutlines()) {
        const FlowPicture picture = layOut(outline);
        for (std::size_t i = 0; i < picture.boxes.size(); ++i)
            for (std::size_t j = i + 1; j < picture.boxes.size(); ++j)
                ASSERT_FALSE(overlap(picture.boxes[i], picture.boxes[j]))
                    << picture.boxes[i].title << " and " << picture.boxes[j].title;
    }
}

TEST(FlowLayout, EverythingIsInsideThePicture) {
    for (const PipelineOutline& outline : allOutlines()) {
        const FlowPicture picture = layOut(outline);
        for (const FlowBox& box : picture.boxes) {
            EXPECT_GE(box.x, 0);
            EXPECT_LE(box.x + box.width, picture.width);
            EXPECT_LE(box.y + box.height, picture.height);
        }
        for (const FlowLine& line : picture.lines)
            for (const FlowPoint& point : line.points) {
                EXPECT_GE(point.x, 0);
                EXPECT_LE(point.x, picture.width);
                EXPECT_LE(point.y, picture.height);
            }
        for (const FlowText& text : picture.texts)
            EXPECT_LE(text.x + textWidth(text.text, fontSizeOf(text.role), isBold(text.role)), picture.width);
    }
}

TEST(FlowLayout, NoTextLeavesItsBoxOrLiesOnAnother) {
    for (const PipelineOutline& outline : allOutlines())
        for (const FlowBox& box : layOut(outline).boxes) {
            std::map<double, double> ends;  // base line → where its texts have come to
            for (const FlowText& text : box.texts) {
                const double width = textWidth(text.text, fontSizeOf(text.role), isBold(text.role));
                const double left = text.endsAtX ? text.x - width : text.x;
                EXPECT_GE(left, 0) << text.text;
                EXPECT_LE(left + width, box.width) << text.text;
                EXPECT_LE(text.y, box.height) << text.text;
                EXPECT_GE(text.y - fontSizeOf(text.role), 0) << text.text;
                if (const auto taken = ends.find(text.y); taken != ends.end()) {
                    EXPECT_GE(left, taken->second) << text.text;
                }
                ends[text.y] = left + width;
            }
        }
}

TEST(FlowLayout, LinesRunDownOrAcross) {
    for (const PipelineOutline& outline : allOutlines())
        for (const FlowLine& line : layOut(outline).lines) {
            ASSERT_EQ(line.points.size(), 2U);
            const bool isDown = line.points[0].x == line.points[1].x && line.points[0].y <= line.points[1].y;
            EXPECT_TRUE(isDown || line.points[0].y == line.points[1].y);
            EXPECT_TRUE(isDown || !line.hasArrow);
        }
}

TEST(FlowLayout, OnlyWhatGoesOnReachesTheEnd) {
    const auto ends = [](const PipelineOutline& outline) {
        std::size_t count = 0;
        for (const FlowBox& box : layOut(outline).boxes)
            count += box.shape == BoxShape::End && box.look == StepLook::Seal ? 1 : 0;
        return count;
    };
    EXPECT_EQ(ends(outlineOfSteps({stepOf("wait", "w", {{"for_seconds", 1}})})), 1U);
    EXPECT_EQ(ends(outlineOfSteps({refusal("no")})), 0U);
    StepPlan choose = stepOf("choose", "c");
    choose.branches = {{"cases.a", {refusal("no")}}, {"otherwise", {refusal("neither")}}};
    EXPECT_EQ(ends(outlineOfSteps({choose})), 0U);
    choose.branches[1].steps.clear();
    EXPECT_EQ(ends(outlineOfSteps({choose})), 1U);
}

// Tags that match, and no letter that would need an entity. Enough to see what escapes badly.
std::string trouble(const std::string& svg) {
    static const std::regex kTag(R"re(<(/?)([a-zA-Z]+)((?:\s[a-zA-Z:-]+="[^"<]*")*)\s*(/?)>)re");
    static const std::regex kEntity("&(amp|lt|gt|quot|#39);");
    std::vector<std::string> open;
    std::string rest;
    auto at = svg.cbegin();
    for (std::smatch tag; std::regex_search(at, svg.cend(), tag, kTag); at = tag.suffix().first) {
        rest += tag.prefix();
        if (tag[1].length() != 0) {
            if (open.empty() || open.back() != tag[2]) return "closes " + tag[2].str();
            open.pop_back();
        } else if (tag[4].length() == 0) {
            open.push_back(tag[2]);
        }
    }
    rest += std::string(at, svg.cend());
    if (!open.empty()) return "does not close " + open.back();
    rest = std::regex_replace(rest, kEntity, "");
    return rest.find_first_of("<>&") == std::string::npos ? "" : "unescaped: " + rest;
}

TEST(FlowSvg, IsXmlWhateverTheNamesAre) {
    const std::string hostile =
        "</text><script>alert(1)</script> & \"x\" 'y' ]]> \xEF\xBF\xBE \xFF \x01 \xE2\x80\xAE";
    StepPlan choose = stepOf("choose", "c");
    choose.branches = {{"cases." + hostile, {refusal(hostile)}}, {"otherwise", {}}};
    PipelineOutline outline = outlineOfSteps({choose, refusal(hostile)}, hostile);
    outline.sources = {hostile};
    outline.properties = {{"documents", hostile}};
    const std::string svg = flowSvg(outline);
    EXPECT_EQ(trouble(svg), "");
    EXPECT_THAT(svg, Not(HasSubstr("<script")));
    EXPECT_THAT(svg, Not(HasSubstr("\x01")));
    EXPECT_THAT(svg, Not(HasSubstr("\xFF")));
    EXPECT_THAT(svg, Not(HasSubstr("\xEF\xBF\xBE")));
    for (const PipelineOutline& each : allOutlines())
        EXPECT_EQ(trouble(flowSvg(each)), "");
}

TEST(FlowSvg, CanBeReadAloudAndInTheDark) {
    const Plan plan = keptPlan("valid-lease");
    const std::string svg = flowSvg(outlineOf(plan, *plan.findPipeline("lease"), {"fr", {}}));
    EXPECT_THAT(svg, HasSubstr("role=\"img\" aria-labelledby=\"title description\" xml:lang=\"fr\""));
    EXPECT_THAT(svg, HasSubstr("<title id=\"title\">Pipeline lease</title>"));
    EXPECT_THAT(svg,
                testing::ContainsRegex("<desc id=\"description\">pdf : document-office fait « lease-pdf »"));
    EXPECT_THAT(svg, HasSubstr("Voie refuse : refuse-1 : le dossier est refusé"));
    EXPECT_THAT(svg, HasSubstr("prefers-color-scheme: dark"));
    EXPECT_THAT(svg, HasSubstr(">demande à registration-officer"));
    for (const char* elsewhere : {"href", "url(", "@import", "<script", "<image", "<foreignObject"})
        EXPECT_THAT(svg, Not(HasSubstr(elsewhere)));
}

TEST(FlowSvg, IsTheSameEachTime) {
    int number = 0, again = 0;
    EXPECT_EQ(flowSvg(outlineOfSteps(nested(2, number))), flowSvg(outlineOfSteps(nested(2, again))));
}

}  // namespace
}  // namespace greffe
