// SPDX-License-Identifier: Apache-2.0
#include "dossier/step_functions.h"

#include "base/json.h"

#include <gmock/gmock.h>

namespace greffe {
namespace {

using ::testing::HasSubstr;

class StepFunctions : public testing::Test {
protected:
    StepFunctions() {
        step_.id = "seal";
        step_.kind = "seal";
        step_.optionsJson =
            R"({"key":"office","mark":{"x":1,"text":{"@function":{}}},"reason":{"@function":{}}})";
        step_.functions = {{"mark.text", {"p.mark", "config/a.lua", 7}},
                           {"reason", {"p.reason", "config/a.lua", 5}},
                           {"when", {"p.when", "config/a.lua", 6}}};
    }
    // Results in the order of the options' names.
    static Json answer(Json mark, Json reason, Json when) {
        const auto good = [](Json value) { return Json{{"ok", true}, {"value", std::move(value)}}; };
        return {{"results", {good(std::move(mark)), good(std::move(reason)), good(std::move(when))}}};
    }
    std::string errorFor(const Json& answered) {
        const auto frozen = optionsFrom(step_, answered);
        return frozen ? "" : frozen.error().text();
    }

    StepPlan step_;
};

TEST_F(StepFunctions, ResultsTakeThePlaceOfTheirFunctions) {
    const auto frozen = optionsFrom(step_, answer("Lyon", "because", true));
    ASSERT_TRUE(frozen);
    EXPECT_TRUE(frozen->isWanted);
    EXPECT_EQ(frozen->options,
              Json::parse(R"({"key":"office","mark":{"x":1,"text":"Lyon"},"reason":"because"})"));
}

TEST_F(StepFunctions, WhenIsNoOptionAndNilMeansNo) {
    EXPECT_FALSE(optionsFrom(step_, answer("", "", false))->isWanted);
    EXPECT_FALSE(optionsFrom(step_, answer("", "", nullptr))->isWanted);
    EXPECT_FALSE(optionsFrom(step_, answer("", "", false))->options.contains("when"));
}

// `when` asks whether there is anything to go by: where it says no, the others may fail.
TEST_F(StepFunctions, AStepThatIsNotWantedNeedsNoOtherFunction) {
    Json answered = answer("", 7, false);
    for (Json& result : answered["results"])
        if (!result["value"].is_boolean())
            result = {{"ok", false}, {"message", "attempt to concatenate a nil value"}};
    const auto frozen = optionsFrom(step_, answered);
    ASSERT_TRUE(frozen) << frozen.error().text();
    EXPECT_FALSE(frozen->isWanted);
    for (Json& result : answered["results"])
        if (result["ok"] == Json(true)) result["value"] = true;
    EXPECT_THAT(errorFor(answered), HasSubstr("attempt to concatenate a nil value"));
}

// A name that was misspelt gives nil, and nobody was meant to be left out.
TEST_F(StepFunctions, NothingIsNoList) {
    StepPlan each;
    each.id = "all";
    each.kind = "each";
    each.optionsJson = "{}";
    each.functions["over"] = {"p.over", "config/a.lua", 5};
    const auto returned = [](Json value) {
        return Json{{"results", {{{"ok", true}, {"value", std::move(value)}}}}};
    };
    EXPECT_THAT(optionsFrom(each, returned(nullptr)).error().text(), HasSubstr("it must return a list"));
    EXPECT_THAT(optionsFrom(each, returned("a")).error().text(), HasSubstr("it must return a list"));
    EXPECT_TRUE(optionsFrom(each, returned(Json::array())));
    EXPECT_TRUE(optionsFrom(each, returned(Json::object()))) << "Lua's empty table";
    StepPlan notify = each;
    notify.kind = "notify";
    notify.functions = {{"to", {"p.to", "config/a.lua", 6}}};
    EXPECT_THAT(optionsFrom(notify, returned(nullptr)).error().text(),
                HasSubstr("it must return a list of texts"));
    EXPECT_TRUE(optionsFrom(notify, returned(Json::array({"a@example.test"}))));
}

TEST_F(StepFunctions, AnotherTypeNamesTheFunctionsPlace) {
    EXPECT_THAT(errorFor(answer("", 7, true)),
                HasSubstr("config/a.lua:5: step \"seal\", reason: it must return a text"));
    EXPECT_THAT(errorFor(answer(Json::array(), "", true)),
                HasSubstr("config/a.lua:7: step \"seal\", mark.text"));
    EXPECT_THAT(errorFor(answer("", "", "yes")),
                HasSubstr("config/a.lua:6: step \"seal\", when: it must return true or false"));
}

TEST_F(StepFunctions, TheOptionsOwnRulesHoldForWhatIsReturned) {
    EXPECT_EQ(errorFor(answer("", std::string(200, 'x'), true)), "");
    EXPECT_THAT(errorFor(answer("", std::string(201, 'x'), true)),
                HasSubstr("config/a.lua:5: step \"seal\", reason: what it returned: option \"reason\" has at "
                          "most 200 characters"));
    std::string letters;
    for (int i = 0; i < 200; ++i)
        letters += "é";
    EXPECT_EQ(errorFor(answer("", letters, true)), "") << "characters are counted, not bytes";
    EXPECT_NE(errorFor(answer("", letters + "é", true)), "");
    EXPECT_EQ(errorFor(answer("", "", true)), "") << "an empty text is none";
    EXPECT_EQ(errorFor(answer("", std::string(201, 'x'), false)), "") << "the step is skipped";
}

TEST_F(StepFunctions, NamesTwiceInAListAreNoMistakeOfTheFunctions) {
    step_.kind = "notify";
    step_.optionsJson = R"({"to":{"@function":{}}})";
    step_.functions = {{"to", {"p.to", "config/a.lua", 9}}};
    const auto returned = [&](Json value) {
        return errorFor({{"results", {{{"ok", true}, {"value", std::move(value)}}}}});
    };
    EXPECT_EQ(returned({"a@example.test", "a@example.test"}), "");
    EXPECT_EQ(returned(Json::array()), "");
    EXPECT_THAT(returned("a@example.test"),
                HasSubstr("config/a.lua:9: step \"seal\", to: it must return a list"));
}

TEST_F(StepFunctions, AFailureNamesTheLineWhereItFailed) {
    Json answered = answer("", "", true);
    answered["results"][1] = {
        {"ok", false}, {"message", "attempt to index nil"}, {"file", "config/lib.lua"}, {"line", 3}};
    EXPECT_THAT(errorFor(answered),
                HasSubstr("config/lib.lua:3: step \"seal\", reason: attempt to index nil"));
}

TEST_F(StepFunctions, AnAnswerForAnotherNumberOfFunctionsIsNotBelieved) {
    Json answered = answer("", "", true);
    answered["results"].erase(2);
    EXPECT_NE(errorFor(answered), "");
    EXPECT_NE(errorFor({}), "");
    EXPECT_THAT(errorFor({{"error", "no memory"}}), HasSubstr("no memory"));
}

TEST_F(StepFunctions, AStepWithoutFunctionsNeedsNoAnswer) {
    step_.functions.clear();
    step_.optionsJson = R"({"key":"office"})";
    EXPECT_EQ(optionsFrom(step_, {})->options, Json::parse(R"({"key":"office"})"));
}

}  // namespace
}  // namespace greffe
