// SPDX-License-Identifier: Apache-2.0
#include "outline/flow_svg.h"

#include "base/bytes_text.h"
#include "base/tongue.h"
#include "outline/flow_layout.h"

#include <cmath>

namespace greffe {
namespace {

// Attributes stand beside the rules for readers that know no style sheets of their own; colours are in the
// rules alone, once for light and once for dark.
constexpr const char* kStyle = R"css(
  svg { font-family: system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, "DejaVu Sans", sans-serif; }
  .paper { fill: #ffffff; } .ink { fill: #1f2328; } .dim { fill: #59636e; } .if { fill: #7a4d00; }
  .line { fill: none; stroke: #6e7781; stroke-width: 1.5; } .bar { fill: none; stroke: #424a53; stroke-width: 5; }
  .tip { fill: #6e7781; } .frame { fill: #f6f8fa; fill-opacity: 0.6; stroke: #8c959f; stroke-dasharray: 6 4; }
  .box { fill: #ffffff; stroke: #d0d7de; } .label { fill: #eaeef2; stroke: #d0d7de; }
  .work { fill: #0969da; } .seal { fill: #1a7f37; } .people { fill: #8250df; } .wait { fill: #bf8700; }
  .fork { fill: #57606a; } .ending { fill: #cf222e; }
  .end { fill: #f6f8fa; stroke: #8c959f; } .end-seal { fill: #dafbe1; stroke: #1a7f37; }
  .end-ending { fill: #ffebe9; stroke: #cf222e; }
  @media (prefers-color-scheme: dark) {
    .paper { fill: #0d1117; } .ink { fill: #e6edf3; } .dim { fill: #9198a1; } .if { fill: #e3b341; }
    .line { stroke: #7d8590; } .bar { stroke: #b1bac4; } .tip { fill: #7d8590; }
    .frame { fill: #151b23; stroke: #656c76; } .box { fill: #151b23; stroke: #3d444d; }
    .label { fill: #262c36; stroke: #3d444d; } .work { fill: #4493f8; } .seal { fill: #3fb950; }
    .people { fill: #ab7df8; } .wait { fill: #d29922; } .fork { fill: #9198a1; } .ending { fill: #f85149; }
    .end { fill: #151b23; stroke: #656c76; } .end-seal { fill: #12261e; stroke: #3fb950; }
    .end-ending { fill: #25171c; stroke: #f85149; }
  }
)css";

// For text and for attributes in double quotes. What comes here went through displayText: it is UTF-8 without
// control characters; the two letters that XML forbids besides are replaced.
std::string xml(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const std::string_view three = text.substr(i, 3);
        if (three == "\xEF\xBF\xBE" || three == "\xEF\xBF\xBF") {
            out += "\xEF\xBF\xBD";
            i += 2;
            continue;
        }
        switch (text[i]) {
            case '&': out += "&amp;"; break;
            case '<': out += "&lt;"; break;
            case '>': out += "&gt;"; break;
            case '"': out += "&quot;"; break;
            case '\'': out += "&#39;"; break;
            default: out += text[i];
        }
    }
    return out;
}

// Tenths of a pixel, without zeros at the end.
std::string number(double value) {
    return fmt::format("{:g}", std::round(value * 10) / 10);
}

std::string_view nameOf(StepLook look) {
    switch (look) {
        case StepLook::Work: return "work";
        case StepLook::Seal: return "seal";
        case StepLook::People: return "people";
        case StepLook::Wait: return "wait";
        case StepLook::Fork: return "fork";
        case StepLook::Ending: return "ending";
    }
    return "work";
}

std::string_view inkOf(TextRole role) {
    if (role == TextRole::Condition) return "if";
    return role == TextRole::Kind || role == TextRole::Note || role == TextRole::Place ? "dim" : "ink";
}

std::string textElement(const FlowText& text) {
    return fmt::format("<text class=\"{}\" x=\"{}\" y=\"{}\" font-size=\"{}\"{}{}>{}</text>\n",
                       inkOf(text.role), number(text.x), number(text.y), number(fontSizeOf(text.role)),
                       isBold(text.role) ? " font-weight=\"bold\"" : "",
                       text.endsAtX ? " text-anchor=\"end\"" : "", xml(text.text));
}

std::string rect(std::string_view classes, double x, double y, double width, double height, double radius) {
    return fmt::format("<rect class=\"{}\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"{}\"/>\n",
                       classes, number(x), number(y), number(width), number(height), number(radius));
}

// The box is an <svg> of its own: whatever fonts a reader has, nothing is drawn outside of it.
std::string boxElement(const FlowBox& box) {
    std::string out = fmt::format("<svg x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" overflow=\"hidden\">\n",
                                  number(box.x), number(box.y), number(box.width), number(box.height));
    if (!box.title.empty()) out += fmt::format("<title>{}</title>\n", xml(box.title));
    const double width = box.width - 1, height = box.height - 1;  // half a pixel for the line all round
    switch (box.shape) {
        case BoxShape::Step:
            out += rect("box", 0.5, 0.5, width, height, 6);
            out += fmt::format(
                "<path class=\"{}\" d=\"M6 0.5H6.5V{}H6A5.5 5.5 0 0 1 0.5 {}V6A5.5 5.5 0 0 1 6 0.5Z\"/>\n",
                nameOf(box.look), number(box.height - 0.5), number(box.height - 6));
            break;
        case BoxShape::Label: out += rect("label", 0.5, 0.5, width, height, 9); break;
        case BoxShape::End:
            out += rect(box.look == StepLook::Seal     ? "end-seal"
                        : box.look == StepLook::Ending ? "end-ending"
                                                       : "end",
                        0.5, 0.5, width, height, 15);
            break;
    }
    for (const FlowText& text : box.texts)
        out += textElement(text);
    return out + "</svg>\n";
}

std::string lineElement(const FlowLine& line) {
    std::string path;
    for (const FlowPoint& point : line.points)
        path += fmt::format("{}{} {}", path.empty() ? "M" : "L", number(point.x), number(point.y));
    std::string out = fmt::format("<path class=\"{}\" d=\"{}\"/>\n", line.isBar ? "bar" : "line", path);
    if (!line.hasArrow) return out;
    // Every line with a tip goes down.
    const FlowPoint& end = line.points.back();
    return out +
           fmt::format("<path class=\"tip\" d=\"M{0} {1}l-4.5 -8h9z\"/>\n", number(end.x), number(end.y));
}

// What is read aloud: the steps in order, ways behind the step that they belong to.
void tell(const std::vector<OutlineStep>& steps, Tongue say, std::string& text) {
    for (const OutlineStep& step : steps) {
        text += text.empty() ? "" : " ";
        if (!step.kind.empty()) text += say("{} : ", "{}: ", step.id);
        text += step.what + ".";
        for (const OutlineWay& way : step.ways) {
            text += say(" Voie {} :", " Way {}:", way.label);
            if (way.steps.empty()) text += say(" continue.", " goes on.");
            tell(way.steps, say, text);
        }
    }
}

}  // namespace

std::string flowSvg(const PipelineOutline& outline) {
    const FlowPicture picture = layOut(outline);
    const Tongue say{outline.isFrench};
    std::string told;
    tell(outline.steps, say, told);
    std::string svg = fmt::format(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}\" height=\"{1}\" viewBox=\"0 0 {0} {1}\" "
        "role=\"img\" "
        "aria-labelledby=\"title description\" xml:lang=\"{2}\" lang=\"{2}\">\n"
        "<title id=\"title\">{3}</title>\n<desc id=\"description\">{4}</desc>\n<style>{5}</style>\n",
        number(std::ceil(picture.width)), number(std::ceil(picture.height)), outline.isFrench ? "fr" : "en",
        xml(displayText(say("Pipeline {}", "Pipeline {}", outline.name))), xml(displayText(told)), kStyle);
    svg += "<rect class=\"paper\" width=\"100%\" height=\"100%\"/>\n";
    for (const FlowFrame& frame : picture.frames)
        svg += rect("frame", frame.x, frame.y, frame.width, frame.height, 10);
    for (const FlowLine& line : picture.lines)
        svg += lineElement(line);
    for (const FlowBox& box : picture.boxes)
        svg += boxElement(box);
    for (const FlowText& text : picture.texts)
        svg += textElement(text);
    return svg + "</svg>\n";
}

}  // namespace greffe
