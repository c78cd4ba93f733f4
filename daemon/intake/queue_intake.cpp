// SPDX-License-Identifier: Apache-2.0
#include "intake/queue_intake.h"

#include "base/bytes_text.h"
#include "base/failpoint.h"
#include "base/json.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace greffe {
namespace {

constexpr int kMostItems = 32;
constexpr int kWaitMs = 1'000;  // how long a stop may have to wait for a quiet queue
constexpr std::int64_t kFetchDeadlineMs = 60'000;
constexpr auto kLongestPause = std::chrono::milliseconds(30'000);

Status reachCommitPoint() {
    GREFFE_FAILPOINT("queue.committed");
    return {};
}

}  // namespace

QueueIntake::QueueIntake(Reactor& reactor, FolderSettings settings, IntakeServices& services)
    : reactor_(reactor), settings_(std::move(settings)), services_(services) {}

QueueIntake::~QueueIntake() {
    *isAlive_ = false;
    reactor_.cancel(timer_);
}

Status QueueIntake::start() {
    GREFFE_TRY_ASSIGN(reader_, services_.store.openReader());
    fetch();
    return {};
}

void QueueIntake::fetchLater(std::chrono::milliseconds delay) {
    reactor_.cancel(timer_);
    timer_ = reactor_.callAfter(delay, [this] { fetch(); });
    report();
}

void QueueIntake::fetch() {
    if (std::string reason = services_.mayAdmit(); reason != pausedFor_) {
        pausedFor_ = std::move(reason);
        services_.paused(settings_.name, pausedFor_);
    }
    if (!pausedFor_.empty()) return fetchLater(kPauseBetweenTries);
    isAsking_ = true;
    call(kMostItems, [this](const CallOutcome& outcome) { fetched(outcome); });
}

// Settles what was committed since the last call, and asks for `most` more.
void QueueIntake::call(int most, std::function<void(const CallOutcome&)> answered) {
    Json params = {
        {"max", most}, {"wait_ms", kWaitMs}, {"acknowledge", acknowledge_}, {"reject", Json::array()}};
    for (const Rejected& one : reject_)
        params["reject"].push_back({{"id", one.id}, {"reason", one.reason}, {"text", one.text}});
    // Whether they arrive or not: what is not settled comes again, and is recognised.
    acknowledge_.clear();
    reject_.clear();
    CallRequest request;
    request.operation = "intake.fetch";
    request.instance = settings_.provider;
    request.paramsJson = dumpJson(params);
    request.deadlineMs = kFetchDeadlineMs;
    services_.callProvider(settings_.planId, std::move(request),
                           [this, alive = isAlive_, answered = std::move(answered)](CallOutcome outcome) {
                               auto shared = std::make_shared<CallOutcome>(std::move(outcome));
                               reactor_.post([alive, shared, answered] {
                                   if (*alive) answered(*shared);
                               });
                           });
}

void QueueIntake::retire(std::function<void()> retired) {
    isRetiring_ = true;
    retired_ = std::move(retired);
    reactor_.cancel(timer_);
    if (!isAsking_) settleLast();
}

// What was committed is acknowledged before the queue is left: another intake would take it for new.
void QueueIntake::settleLast() {
    const auto leave = [this] { reactor_.post(std::exchange(retired_, nullptr)); };
    if (acknowledge_.empty() && reject_.empty()) return leave();
    call(0, [leave](const CallOutcome&) { leave(); });
}

void QueueIntake::fetched(const CallOutcome& outcome) {
    const Json facts = storedJson(outcome.factsJson);
    if (outcome.verdict != Verdict::Done) {
        const std::string trouble = fmt::format("{}: {}", reasonCode(outcome.reason), outcome.explanation);
        if (trouble != status_.trouble) services_.failed(settings_.name, makeError(Errc::Closed, trouble));
        status_.trouble = trouble;
        isAsking_ = false;
        if (isRetiring_) return settleLast();
        const auto pause = kPauseBetweenTries * (1 << std::min(failedFetches_++, 5));
        return fetchLater(std::min<std::chrono::milliseconds>(pause, kLongestPause));
    }
    failedFetches_ = 0;
    status_.trouble.clear();
    std::vector<Item> items;
    for (const Json& about : memberOf(facts, "items")) {
        const std::string artifact = textOf(about, "artifact");
        const auto body = std::find_if(outcome.artifacts.begin(), outcome.artifacts.end(),
                                       [&](const CallArtifact& one) { return one.name == artifact; });
        if (body == outcome.artifacts.end()) continue;  // not acknowledged: it comes again
        Item item;
        item.id = textOf(about, "id");
        item.messageId = textOf(about, "message_id");
        item.name = std::string(clipUtf8(textOf(about, "name", "message"), 255));
        item.mediaType = textOf(about, "media_type");
        const Json& reference = memberOf(about, "reference");
        item.hasReference = reference.is_object();
        item.referencePath = textOf(reference, "path");
        item.referenceSha256 = textOf(reference, "sha256");
        item.body = *body;
        items.push_back(std::move(item));
    }
    // One more than there are: the batch is not done before all of it was submitted.
    uncommitted_ = items.size() + 1;
    for (const Item& item : items)
        admit(item);
    batchIsDone();
}

Result<AdmittedDossier> QueueIntake::admission(const Item& item) {
    UniqueFd referenced;
    int fd = item.body.fd->get();
    SourceRow source;
    source.intake = settings_.name;
    source.name = item.name;
    Admission admission(settings_, services_.ids, services_.clock, services_.spool, *reader_, recentContent_);
    if (item.hasReference) {
        auto opened = settings_.referenceRoot.empty()
                          ? Result<UniqueFd>(makeError(Errc::Denied,
                                                       "this intake takes no references: set reference_root"))
                          : openBeneath(settings_.referenceRoot, item.referencePath);
        if (!opened && opened.error().code == Errc::Io) return opened.error();
        if (!opened) {
            if (!item.messageId.empty())
                source.claim = fmt::format("queue:{}/id:{}", settings_.name, item.messageId);
            return admission.refuseUnread(
                std::move(source), Reason::NotAccepted,
                fmt::format("the file {} cannot be taken: {}", displayText(item.referencePath),
                            opened.error().message));
        }
        referenced = std::move(*opened);
        fd = referenced.get();
    }
    return admission.admitOpened(
        fd, std::move(source), {item.messageId, item.referenceSha256, item.tries >= kMostTriesWhileChanging});
}

void QueueIntake::admit(const Item& item) {
    auto admitted = admission(item);
    if (!admitted) {
        // The disk is full or failing, or the file that the message names is still written. Nothing is
        // acknowledged; the whole batch comes again when the worker that holds it is gone, so this one is
        // admitted again right here. A file that never stops changing is refused in the end: the queue
        // behind it would wait for ever.
        if (admitted.error().code != Errc::Busy || item.tries == 0) tell(admitted.error());
        status_.trouble = admitted.error().text();
        Item next = item;
        if (admitted.error().code == Errc::Busy) ++next.tries;
        return admitLater(next);
    }
    auto shared = std::make_shared<AdmittedDossier>(std::move(*admitted));
    StoreWork work = [shared, intake = settings_.name](StoreTransaction& tx) -> Status {
        return writeAdmission(tx, *shared, "intake:" + intake);
    };
    services_.journal.submit(std::move(work), [this, shared, item, alive = isAlive_](Status status) {
        reactor_.post([this, shared, item, alive, status = std::move(status)] {
            if (*alive) committed(item, shared, status);
        });
    });
}

// Every message of a batch is tried again each second.
void QueueIntake::tell(const Error& error) {
    if (const auto told = failures_.toTell(error, std::chrono::steady_clock::now()))
        services_.failed(settings_.name, *told);
}

void QueueIntake::admitLater(const Item& item) {
    reactor_.callAfter(kPauseBetweenTries, [this, item, alive = isAlive_] {
        if (*alive) admit(item);
    });
}

void QueueIntake::committed(const Item& item, const std::shared_ptr<AdmittedDossier>& admitted,
                            const Status& status) {
    for (const DocumentRow& document : admitted->documents)
        recentContent_.erase(toHex(document.blob));
    status_.trouble = status || status.error().code == Errc::Exists ? "" : status.error().text();
    if (status) {
        settle(item, *admitted);
        if (const Status reached = reachCommitPoint(); !reached)
            services_.failed(settings_.name, reached.error());
        services_.admitted(std::move(*admitted));
    } else if (status.error().code == Errc::Exists) {
        settleKnown(item, *admitted);
    } else {
        tell(status.error());
        return admitLater(item);
    }
    batchIsDone();
}

// What may never be taken goes to the dead letters; a content that came before was taken in its own way.
void QueueIntake::settle(const Item& item, const AdmittedDossier& admitted) {
    const DossierRow& dossier = admitted.dossier;
    const bool isPoison = isFinal(dossier.state) && dossier.reason != reasonCode(Reason::Duplicate);
    if (isPoison) {
        reject_.push_back({item.id, dossier.reason, dossier.explanation});
        ++status_.deadLetters;
        return;
    }
    acknowledge_.push_back(item.id);
    ++status_.taken;
}

void QueueIntake::settleKnown(const Item& item, const AdmittedDossier& again) {
    auto known = reader_->dossierByClaim(again.dossier.source.claim);
    if (!known || !*known) return;  // the journal cannot be read now: it comes again
    const DossierRow& first = **known;
    const bool wasRefusedAtOnce = isFinal(first.state) && first.endedMs == first.createdMs;
    if (wasRefusedAtOnce && first.reason != reasonCode(Reason::Duplicate)) {
        reject_.push_back({item.id, first.reason, first.explanation});
        return;
    }
    auto documents = reader_->documents(first.id);
    if (!documents) return;
    const bool isSame = !again.documents.empty() &&
                        std::any_of(documents->begin(), documents->end(), [&](const DocumentRow& document) {
                            return document.blob == again.documents.front().blob;
                        });
    if (!isSame) {
        reject_.push_back(
            {item.id, std::string(reasonCode(Reason::Duplicate)),
             fmt::format("its message id came before with other bytes, as dossier {}", first.id)});
        ++status_.deadLetters;
        return;
    }
    acknowledge_.push_back(item.id);
    ++status_.recognised;
}

void QueueIntake::batchIsDone() {
    if (uncommitted_ > 0 && --uncommitted_ > 0) return;
    isAsking_ = false;
    report();
    if (isRetiring_) return settleLast();
    fetch();
}

void QueueIntake::report() {
    status_.pausedFor = pausedFor_;
    if (status_ == reported_ || isRetiring_) return;
    reported_ = status_;
    services_.changed(settings_.name, status_);
}

}  // namespace greffe
