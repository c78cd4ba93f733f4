// SPDX-License-Identifier: Apache-2.0
// The admin door as a browser and as a script see it.
#include "simulators/html.h"
#include "simulators/page_words.h"
#include "support/running_simulators.h"
#include "unit/simulators/api_client.h"

#include <gmock/gmock.h>

namespace greffe {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

constexpr const char* kHostile = "<script>alert(1)</script>\" onload='x' &amp; \x1b[31m \xE2\x80\xAE";

struct PageWorld {
    RunningSimulators simulators{R"({"sms": {}, "tsa": {}})"};
    ApiClient admin{simulators.textOf("admin", "url"), ""};

    std::string page(const std::string& query = "") const { return admin.get("/page" + query).body; }
};

TEST(AdminPage, EscapesWhatCameIn) {
    const PageWorld world;
    const ApiClient sms(world.simulators.textOf("sms", "url"), "simulated-sms-key");
    ASSERT_EQ(sms.post("", {{"to", "+33600000001"}, {"text", kHostile}, {"reference", kHostile}}).status,
              201);
    world.admin.call("PUT", "/sms/faults", {{{"fault", "body"}, {"body", kHostile}}});
    sms.get("/%3Cscript%3E?<script>alert(2)</script>");
    const std::string page = world.page();
    EXPECT_THAT(page, HasSubstr("&lt;script&gt;alert(1)&lt;/script&gt;&quot; onload=&#39;x&#39; &amp;amp; "));
    EXPECT_THAT(page, AllOf(Not(HasSubstr("<script")), Not(HasSubstr("onload='")), Not(HasSubstr("\x1b")),
                            Not(HasSubstr("\xE2\x80\xAE"))));
    EXPECT_THAT(page, Not(HasSubstr("src=")));
    EXPECT_THAT(page, Not(HasSubstr("href=\"http")));
}

TEST(AdminPage, ShowsFaultsAndMessages) {
    PageWorld world;
    world.simulators.setFaults("sms", R"([{"at": "send", "fault": "status", "status": 503, "times": 0}])");
    EXPECT_THAT(world.page(), AllOf(HasSubstr("Faults still to happen"), HasSubstr("for ever"),
                                    HasSubstr("{&quot;status&quot;:503}"), HasSubstr("Nothing yet.")));
    world.simulators.operate("sms", "receive", R"({"from": "+33600000009"})");
    EXPECT_THAT(world.page("?lang=fr"), AllOf(HasSubstr("lang=\"fr\""), HasSubstr("Incidents à venir"),
                                              HasSubstr("+33600000009"), HasSubstr("Services simulés")));
    EXPECT_THAT(world.page("?refresh=5"), HasSubstr("http-equiv=\"refresh\""));
    EXPECT_THAT(world.page("?lang=<b>"), HasSubstr("lang=\"en\""));
}

TEST(AdminPage, ABrowserGetsItAtTheDoorAndAScriptGetsJson) {
    const PageWorld world;
    EXPECT_EQ(world.admin.get("/").json().at("simulators"), Json({"sms", "tsa"}));
    ApiClient browser = world.admin;
    browser.addHeader("Accept: text/html,application/xhtml+xml");
    browser.addHeader("Accept-Language: fr-FR,fr;q=0.9");
    const ApiAnswer page = browser.get("/");
    EXPECT_THAT(page.headers.at("content-type"), StartsWith("text/html"));
    EXPECT_THAT(page.headers.at("content-security-policy"), HasSubstr("default-src 'none'"));
    EXPECT_THAT(page.body, HasSubstr("Services simulés"));
    EXPECT_TRUE(world.admin.get("/ready").json().at("sms").contains("url"));
    EXPECT_EQ(world.admin.get("/sms/do").json().size(), 7U);
}

TEST(AdminPage, HasBothLanguages) {
    EXPECT_EQ(simulators::pageWord("status", "fr"), "état");
    EXPECT_EQ(simulators::pageWord("never_heard", "fr"), "never heard");
    EXPECT_EQ(simulators::htmlText("a<b>&\"'"), "a&lt;b&gt;&amp;&quot;&#39;");
}

}  // namespace
}  // namespace greffe
