// SPDX-License-Identifier: Apache-2.0
// Telling people and systems. Pool: providers. Effect class: once.
#pragma once

#include <greffe/capability/http.h>
#include <greffe/types.h>

namespace greffe {

// "notifier/1": a blocking notifier (SMTP). It may use the network itself; its worker has nothing else.
//
// messageJson: {"message_id": "<…>", "to": [{"name","address"}], "subject", "text", "html"?, "language",
// "event",
//               "date_unix", "dossier", "step", "attachments": [{"document": index, "name"}]}; text is
//               already
// rendered. A message that is sent again is the same, message_id and date included. The house's own step
// sends one recipient a call.
class Notifier {
public:
    static constexpr const char* kId = "notifier/1";

    // Done = it is known what became of the message, for each recipient: facts "recipients": [{"address",
    // "state", "code", "text"}] with the states sent, refused (for good), retry and unknown (the last two
    // beside others only), and "answers": every answer of the server, [{"phase", "code", "text",
    // "at_unix_ms"}]. RetryLater = the server surely did not take it. Uncertain = the connection broke after
    // the data was sent.
    virtual void send(Slice key, Slice messageJson, const DocumentView* attachments, std::uint32_t count,
                      Outcome& outcome) noexcept = 0;
    // Connects, authenticates, leaves.
    virtual void health(Outcome& outcome) noexcept = 0;

protected:
    ~Notifier() = default;
};

// "event-notifier/1": a notifier over HTTP (webhook), sans-IO. Same message shape.
class EventNotifier {
public:
    static constexpr const char* kId = "event-notifier/1";

    virtual HttpExchange* send(Slice key, Slice messageJson) noexcept = 0;

protected:
    ~EventNotifier() = default;
};

}  // namespace greffe
