// SPDX-License-Identifier: Apache-2.0
#include "messages/message_templates.h"

#include "base/json.h"

#include <gmock/gmock.h>

#include <set>

namespace greffe {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

TemplatePlan made(const std::string& subject, const std::string& text, const std::string& html = {}) {
    TemplatePlan plan;
    plan.name = "mine";
    plan.language = "en";
    plan.subject = subject;
    plan.text = text;
    plan.html = html;
    return plan;
}

const Json kView = Json::parse(R"({
    "id": "01J", "document_name": "bail & \"co\" <1>.pdf", "support_contact": "",
    "data": {"rent": 820.5, "rooms": 3, "furnished": true, "none": null},
    "recipient": {"name": "Zoé"},
    "parties": [{"name": "A"}, {"name": "B"}],
    "facts": {"seal": {"level": "B-T"}}})");

TEST(MessageTemplates, FillTagsIn) {
    const auto message = renderMessage(
        made("{{document_name}} ({{id}})",
             "{{recipient.name}}: {{data.rent}}, {{data.rooms}}, {{facts.seal.level}}, [{{missing.tag}}]\n"
             "{{#parties}}- {{name}}\n{{/parties}}{{^parties}}nobody{{/parties}}"
             "{{#data.furnished}}furnished{{/data.furnished}}{{#data.none}}none{{/data.none}}"
             "{{#support_contact}}call {{support_contact}}{{/support_contact}}"),
        kView);
    ASSERT_TRUE(message) << message.error().text();
    EXPECT_EQ(message->subject, "bail & \"co\" <1>.pdf (01J)");
    EXPECT_EQ(message->text, "Zoé: 820.5, 3, B-T, []\n- A\n- B\nfurnished");
    EXPECT_EQ(message->html, "");
}

TEST(MessageTemplates, EscapeValuesInHtmlOnly) {
    const auto message = renderMessage(made("s", "{{{document_name}}}", "<b>{{document_name}}</b>"), kView);
    ASSERT_TRUE(message) << message.error().text();
    EXPECT_EQ(message->text, "bail & \"co\" <1>.pdf");
    EXPECT_EQ(message->html, "<b>bail &amp; &quot;co&quot; &lt;1&gt;.pdf</b>");
    for (const char* html : {"{{{document_name}}}", "{{&document_name}}", "{{ & document_name}}"}) {
        const auto refused = renderMessage(made("s", "t", html), kView);
        ASSERT_FALSE(refused) << html;
        EXPECT_THAT(refused.error().message, HasSubstr("template \"mine\" (en), html"));
    }
}

TEST(MessageTemplates, ReadNoTagInAValue) {
    const auto message =
        renderMessage(made("{{x}}", "{{x}}", "{{x}}"), {{"x", "{{id}} {{{id}}}"}, {"id", "SECRET"}});
    ASSERT_TRUE(message) << message.error().text();
    EXPECT_THAT(message->subject + message->text + message->html, Not(HasSubstr("SECRET")));
}

TEST(MessageTemplates, RefuseALineBreakInASubject) {
    for (const std::string& value : {std::string("a\r\nBcc: b@x.example"), std::string("a\nb"),
                                     std::string("a\rb"), std::string("a\0b", 3), std::string("\x1b[31m")}) {
        const auto message = renderMessage(made("about {{x}}", "t"), {{"x", value}});
        ASSERT_FALSE(message);
        EXPECT_EQ(message.error().code, Errc::Invalid);
        EXPECT_THAT(message.error().message, HasSubstr("subject"));
        EXPECT_TRUE(renderMessage(made("s", "{{x}}"), {{"x", "a\nb"}})) << "in a text it is welcome";
    }
    EXPECT_FALSE(renderMessage(made("s", "{{x}}"), {{"x", std::string("a\0b", 3)}}));
}

TEST(MessageTemplates, SayWhatIsWrongWithATemplate) {
    for (const char* text : {"{{#open}}", "{{/closed}}", "{{unfinished", "{{> other}}", "{{=<% %>=}}"}) {
        const Status checked = checkTemplate(made("s", text));
        ASSERT_FALSE(checked) << text;
        EXPECT_THAT(checked.error().message, HasSubstr("template \"mine\" (en), text")) << text;
    }
    EXPECT_TRUE(checkTemplate(made("s {{a}}", "{{#b}}{{c}}{{/b}}", "<p style=\"x{y:z}\">{{d}}</p>")));
}

TEST(MessageTemplates, StayWithinTheirLimits) {
    Json many = Json::array();
    for (int i = 0; i < 2'000; ++i)
        many.push_back({{"name", std::string(1'000, 'x')}});
    const auto message = renderMessage(made("s", "{{#list}}{{name}}{{/list}}"), {{"list", many}});
    ASSERT_FALSE(message);
    EXPECT_THAT(message.error().message, HasSubstr("1 MiB"));
    EXPECT_FALSE(checkTemplate(made("s", std::string(300'000, 'x'))));
    Json deep = "x";
    for (int i = 0; i < 60; ++i)
        deep = {{"a", deep}};
    EXPECT_TRUE(renderMessage(made("s", "{{a.a.a}}"), deep));
}

TEST(MessageTemplates, AreBuiltInFrenchAndEnglish) {
    std::set<std::string> names;
    for (const TemplatePlan& each : builtInTemplates())
        names.insert(each.name + "." + each.language);
    for (const char* name : {"sealed", "rejected", "held", "missing-documents", "task"})
        for (const char* language : {"fr", "en"})
            EXPECT_EQ(names.count(std::string(name) + "." + language), 1U) << name << " " << language;
    const Json view = {{"id", "01J"},
                       {"document_name", "bail.pdf"},
                       {"explanation", "page 2 is A3"},
                       {"reason", "page_size"},
                       {"recipient", {{"name", "Zoé"}}},
                       {"missing", {{{"name", "identity"}}, {{"name", "lease"}}}}};
    for (const TemplatePlan& each : builtInTemplates()) {
        const auto message = renderMessage(each, view);
        ASSERT_TRUE(message) << message.error().text();
        EXPECT_NE(message->subject, "");
        EXPECT_THAT(message->text, HasSubstr("01J")) << each.name;
        EXPECT_THAT(message->text, Not(HasSubstr("{{"))) << each.name;
        EXPECT_THAT(message->subject + message->text, Not(HasSubstr("\r"))) << each.name;
        if (each.name == "missing-documents") {
            EXPECT_THAT(message->text, HasSubstr("- identity\n- lease\n"));
        }
        if (each.name == "rejected") {
            EXPECT_THAT(message->text, HasSubstr(": page 2 is A3\n"));
        }
    }
}

TEST(MessageTemplates, NamesThatNoMessageHasAreFound) {
    EXPECT_THAT(
        unknownTags("{{recipient.nom}} {{ docment_name }} {{facts.seal.level}} {{{titel}}} {{! a remark }}"),
        ElementsAre("docment_name", "titel"));
    EXPECT_THAT(unknownTags("{{#document_list}}{{slot}}: {{name}}{{/document_list}} {{name}}"),
                ElementsAre("name"));
    EXPECT_THAT(unknownTags("{{^reasn}}none{{/reasn}}"), ElementsAre("reasn"));
    EXPECT_THAT(unknownTags("{{"), ElementsAre());
}

TEST(MessageTemplates, AreFoundByNameAndLanguage) {
    Plan plan;
    TemplatePlan own = made("own subject", "own text");
    own.name = "sealed";
    own.language = "fr";
    plan.templates.push_back(own);
    EXPECT_EQ(findTemplate(plan, "sealed", "fr")->subject, "own subject");
    EXPECT_EQ(findTemplate(plan, "sealed", "en")->subject, "own subject")
        << "rather than ours in another language";
    EXPECT_EQ(findTemplate(plan, "held", "en")->language, "en");
    EXPECT_NE(findTemplate(plan, "held", "de"), nullptr);
    EXPECT_EQ(findTemplate(plan, "nothing", "fr"), nullptr);
}

}  // namespace
}  // namespace greffe
