// SPDX-License-Identifier: Apache-2.0
// The two halves of a seal in the documents pool as it runs: what comes back from the keys and providers
// pools is not believed, so that nothing wrong leaves the house even when one of them is broken.
#include "base/json.h"
#include "plugin_host/worker_setup.h"
#include "support/daemon_under_test.h"
#include "support/test_signer.h"
#include "sys/files.h"
#include "workers/worker_pool.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

namespace greffe {
namespace {

using testing::HasSubstr;
using Fault = TestSigner::Fault;

class SealOperations : public testing::Test {
protected:
    SealOperations() {
        PoolSpec spec;
        spec.name = "documents";
        spec.limits = defaultLimits(PoolKind::Documents);
        spec.setupJson =
            setupJson({{"seal-pades", std::string(GREFFE_BINARY_DIR) + "/lib/greffe/plugins/seal-pades.so",
                        "{}", "{}"}});
        spec.launch.program = std::string(GREFFE_BINARY_DIR) + "/bin/greffe";
        spec.launch.arguments = {"worker"};
        pool_ = std::make_unique<WorkerPool>(reactor_, std::move(spec), PoolEvents());
        document_ = inputOf(tinyPdf(), "document");
        CallRequest prepare = request("seal.prepare", {{"signing_time_unix", 1'795'300'000},
                                                       {"field_name", "Seal"},
                                                       {"level", "B-T"},
                                                       {"reserve_bytes", 16384}});
        prepare.inputs = {document_};
        prepared_ = call(prepare);
        if (prepared_.verdict != Verdict::Done) throw std::runtime_error(prepared_.explanation);
        digest_ = attachmentOf(prepared_.attachments, "digest");
    }

    static CallInput inputOf(const std::string& bytes, const std::string& slot) {
        CallInput input;
        input.fd = std::make_shared<UniqueFd>(sealedMemoryFile("test", bytes).value());
        input.sizeBytes = bytes.size();
        input.sha256 = sha256(bytes);
        input.slot = slot;
        input.mediaType = "application/pdf";
        return input;
    }
    CallRequest request(const std::string& operation, const Json& params) {
        CallRequest made;
        made.id = ++nextId_;
        made.operation = operation;
        made.instance = "seal-pades";
        made.paramsJson = dumpJson(params);
        return made;
    }
    CallOutcome call(const CallRequest& given) {
        CallOutcome outcome;
        pool_->submit(given, true, [&](CallOutcome answered) {
            outcome = std::move(answered);
            reactor_.stop();
        });
        reactor_.run();
        return outcome;
    }
    CallOutcome embed(const std::vector<Attachment>& attachments) {
        CallInput tail;
        tail.fd = prepared_.artifacts.front().fd;
        tail.sizeBytes = prepared_.artifacts.front().sizeBytes;
        tail.slot = "tail";
        CallRequest made = request("seal.embed", Json::parse(prepared_.factsJson));
        made.inputs = {document_, tail};
        made.attachments = attachments;
        return call(made);
    }

    static constexpr const char* kNonce = "12345678";
    TestSigner signer_{TestSigner::Key::P256};
    Reactor reactor_;
    std::unique_ptr<WorkerPool> pool_;
    std::uint64_t nextId_ = 0;
    CallInput document_;
    CallOutcome prepared_;
    std::string digest_;
};

TEST_F(SealOperations, EmbedASealAndATimeStamp) {
    ASSERT_EQ(digest_.size(), 32U);
    const std::string cms = signer_.sign(digest_);
    EXPECT_EQ(embed({{"digest", digest_}, {"cms", cms}}).verdict, Verdict::Done);
    const std::string imprint = sha256Of(TestSigner::signatureValue(cms));
    const CallOutcome sealed = embed({{"digest", digest_},
                                      {"cms", cms},
                                      {"token", signer_.timestamp(imprint, kNonce)},
                                      {"imprint", imprint},
                                      {"nonce", kNonce}});
    ASSERT_EQ(sealed.verdict, Verdict::Done) << sealed.explanation;
    ASSERT_EQ(sealed.artifacts.size(), 1U);
    EXPECT_EQ(sealed.artifacts[0].baseInput, 0);
}

// An ECDSA signature is not always verified by the worker that makes it: here it is.
TEST_F(SealOperations, NoWrongSignatureIsEmbedded) {
    for (const Fault fault : {Fault::WrongSignature, Fault::SigningTime, Fault::OtherCertificate}) {
        const CallOutcome outcome = embed({{"digest", digest_}, {"cms", signer_.sign(digest_, fault)}});
        EXPECT_EQ(outcome.verdict, Verdict::Rejected);
        EXPECT_EQ(outcome.reason, Reason::KeyUnusable) << outcome.explanation;
        EXPECT_TRUE(outcome.artifacts.empty());
    }
    const CallOutcome other =
        embed({{"digest", digest_}, {"cms", signer_.sign(sha256Of("another document"))}});
    EXPECT_EQ(other.reason, Reason::KeyUnusable);
    EXPECT_EQ(embed({{"digest", digest_}}).reason, Reason::KeyUnusable) << "no signature at all";
}

TEST_F(SealOperations, NoTokenIsEmbeddedThatAnswersAnotherQuestion) {
    const std::string cms = signer_.sign(digest_);
    const std::string imprint = sha256Of(TestSigner::signatureValue(cms));
    const auto refused = [&](const std::string& token, const std::string& asked, const std::string& nonce) {
        const CallOutcome outcome = embed(
            {{"digest", digest_}, {"cms", cms}, {"token", token}, {"imprint", asked}, {"nonce", nonce}});
        EXPECT_EQ(outcome.verdict, Verdict::Rejected);
        EXPECT_EQ(outcome.reason, Reason::BadAnswer) << outcome.explanation;
        EXPECT_TRUE(outcome.artifacts.empty());
        return outcome.explanation;
    };
    EXPECT_THAT(refused(signer_.timestamp(imprint, "87654321"), imprint, kNonce),
                HasSubstr("another request"));
    EXPECT_THAT(refused(signer_.timestamp(imprint), imprint, kNonce), HasSubstr("another request"));
    EXPECT_THAT(refused(signer_.timestamp(imprint, kNonce), imprint, ""), HasSubstr("another request"));
    const std::string other = sha256Of("another signature");
    EXPECT_THAT(refused(signer_.timestamp(other, kNonce), imprint, kNonce), HasSubstr("another signature"));
    // A journal that was written for another signature.
    EXPECT_THAT(refused(signer_.timestamp(other, kNonce), other, kNonce), HasSubstr("another signature"));
    EXPECT_THAT(refused("garbage", imprint, kNonce), HasSubstr("not a time-stamp token"));
}

TEST_F(SealOperations, TheDigestIsComputedAgainBeforeTheSealGoesIn) {
    const std::string cms = signer_.sign(digest_);
    for (const std::string& wrong : {std::string(), std::string(32, '\0'), digest_.substr(1), digest_ + "x"})
        EXPECT_EQ(embed({{"digest", wrong}, {"cms", cms}}).reason, Reason::BytesLost);
    document_ = inputOf(tinyPdf("another text"), "document");
    EXPECT_EQ(embed({{"digest", digest_}, {"cms", cms}}).verdict, Verdict::Rejected);
}

}  // namespace
}  // namespace greffe
