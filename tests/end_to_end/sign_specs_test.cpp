// SPDX-License-Identifier: Apache-2.0
// Pipelines that have documents signed, tried without any service: specs that play signers and a service that
// falls silent, and a simulation.
#include "support/daemon_under_test.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace greffe {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;

constexpr const char* kHouse = R"(
  signature_providers = { signature_provider { name = "esign", plugin = "sign-rest", url = "https://sign.example.test/",
    api_key = secret_file("/nowhere/key") } },
  notifiers = { notifier { name = "mail", plugin = "notify-smtp", host = "smtp.example.test", from = "office@example.test" } },)";

constexpr const char* kSteps = R"(
  sign { id = "signatures", signers = { "tenant", "landlord" }, ordered = true, proof = "proof", expires_days = 60,
         on_expired = refuse "not signed in time",
         on_refused = { notify { id = "regret", to = { "landlord" }, subject = "Refused", text = "Somebody said no." },
                        refuse { id = "no", reason = "a signer said no" } } },
  notify { id = "tell", to = { "landlord" }, subject = "Signed", text = "All have signed.", attach = { "document", "proof" } })";

constexpr const char* kParties = R"(parties = { role "tenant" { many = true }, role "landlord" {} })";

constexpr const char* kDrop =
    R"(drop { named = "lease.pdf", manifest = { parties = {
         { role = "tenant", name = "Anne Le Goff", email = "anne@example.test" },
         { role = "landlord", name = "Bob Martin", email = "bob@example.test" } } } },)";

class SignSpecs : public testing::Test {
protected:
    SignSpecs() : daemon_(kSteps, R"(stable_seconds = 0, manifest = "required")", kHouse, kParties) {
        fs::create_directories(folder() + "/tests");
        fs::remove(daemon_.root() + "/key.pem");
    }
    std::string folder() const { return daemon_.root() + "/config"; }
    int test(const std::string& entries) {
        std::ofstream(folder() + "/tests/main.lua")
            << "return { spec \"one\" { at = \"2026-01-05T09:00\", " << kDrop << entries << " } }\n";
        return daemon_.command({"test", folder()}, &said_);
    }

    DaemonUnderTest daemon_;
    std::string said_;
};

TEST_F(SignSpecs, SignersSignInTheirOrder) {
    EXPECT_EQ(test(R"(
        expect { state = "waiting", at = "signatures", asked_to_sign = { "anne@example.test", "bob@example.test" },
                 says = "esign", sent = {} },
        signer { step = "signatures", who = "tenant", does = "wrong_code" },
        expect { state = "waiting" },
        signer { step = "signatures", who = "tenant" },
        restart {},
        expect { state = "waiting", not_ran = { "signatures" } },
        signer { step = "signatures", who = "bob@example.test" },
        expect { state = "done", ran = { "signatures", "tell" }, documents = { "document", "proof" },
                 facts = { signatures = { status = "signed", provider = "esign", proofs = 1 } },
                 sent = { { to = "bob@example.test", attached = { "lease.pdf", "proof.pdf" } } } },)"),
              0)
        << said_;
}

TEST_F(SignSpecs, SomebodyElseMustSignFirst) {
    EXPECT_EQ(test(R"(signer { step = "signatures", who = "landlord" },)"), 1);
    EXPECT_THAT(said_, HasSubstr(R"("tenant-1" signs first)"));
    EXPECT_EQ(test(R"(signer { step = "signatures", who = "stranger" },)"), 1);
    EXPECT_THAT(said_, HasSubstr(R"("tenant-1" signs first)"));
    EXPECT_EQ(test(R"(signer { step = "tell" },)"), 1);
    EXPECT_THAT(said_, HasSubstr(R"(step "tell" waits for no signature now)"));
}

TEST_F(SignSpecs, ANoGoesItsWay) {
    EXPECT_EQ(test(R"(
        signer { step = "signatures", who = "tenant", does = "refuse", reason = "the rent is wrong" },
        expect { state = "refused", ran = { "signatures", "regret" }, not_ran = { "tell" },
                 facts = { signatures = { status = "refused", reason = "the rent is wrong" } } },)"),
              0)
        << said_;
}

TEST_F(SignSpecs, ARequestThatIsTakenBackAtTheServiceCancelsTheDossier) {
    EXPECT_EQ(test(R"(
        signer { step = "signatures", does = "take_back" },
        expect { state = "cancelled", reason = "cancelled" },)"),
              0)
        << said_;
}

TEST_F(SignSpecs, WhatNobodySignsIsTakenBackAfterItsDays) {
    EXPECT_EQ(test(R"(
        signer { step = "signatures", who = "tenant" },
        advance { days = 59 },
        expect { state = "waiting" },
        advance { days = 2 },
        expect { state = "refused", facts = { signatures = { status = "expired", expired = true } } },)"),
              0)
        << said_;
}

TEST_F(SignSpecs, AWebhookMayBeLost) {
    EXPECT_EQ(test(R"(
        signer { step = "signatures", who = "tenant", webhook = false },
        signer { step = "signatures", who = "landlord", webhook = false },
        expect { state = "waiting" },
        advance { hours = 2 },
        expect { state = "done" },)"),
              0)
        << said_;
}

TEST_F(SignSpecs, AServiceMayFallSilentOrTakeARequestWithoutSayingSo) {
    EXPECT_EQ(test(R"(
        service { name = "esign", is = "silent" },
        advance { days = 2 },
        expect { state = "waiting", at = "signatures" },
        service { name = "esign", is = "working" },
        signer { step = "signatures", who = "tenant" },
        signer { step = "signatures", who = "landlord" },
        expect { state = "done", asked_to_sign = { "anne@example.test", "bob@example.test" } },)"),
              0)
        << said_;
    std::ofstream(folder() + "/tests/main.lua")
        << "return { spec \"two\" { at = \"2026-01-05T09:00\", service { name = \"esign\", is = \"unknown\" "
           "}, "
        << kDrop << R"(advance { seconds = 5 }, expect { state = "retry_wait", asked_to_sign = {} },
              service { name = "esign", is = "working" }, advance { minutes = 30 },
              expect { state = "waiting", asked_to_sign = { "anne@example.test", "bob@example.test" } }, } })";
    EXPECT_EQ(daemon_.command({"test", folder()}, &said_), 0) << said_;
}

TEST_F(SignSpecs, ASimulationShowsWhoWouldBeAsked) {
    std::ofstream(daemon_.root() + "/lease.pdf") << tinyPdf();
    std::ofstream(daemon_.root() + "/lease.json")
        << R"({"parties": [{"role": "tenant", "name": "Anne Le Goff", "email": "anne@example.test"},
                           {"role": "landlord", "name": "Bob Martin", "email": "bob@example.test"}]})";
    EXPECT_EQ(
        daemon_.command(
            {"simulate", folder(), daemon_.root() + "/lease.pdf", "--answer", "signatures=signed"}, &said_),
        0)
        << said_;
    EXPECT_THAT(said_,
                AllOf(HasSubstr("Anne Le Goff <anne@example.test>, Bob Martin <bob@example.test> at esign"),
                      HasSubstr("\"Signed\" to bob@example.test")));
}

}  // namespace
}  // namespace greffe
