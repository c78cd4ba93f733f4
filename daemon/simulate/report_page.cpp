// SPDX-License-Identifier: Apache-2.0
#include "simulate/report_page.h"

#include "base/bytes_text.h"
#include "base/sha256.h"
#include "dossier/receipt.h"
#include "simulate/report_frame.h"
#include "simulate/report_words.h"

#include <greffe/version.h>

#include <fmt/format.h>
#include <kainjow/mustache.hpp>
#include <openssl/evp.h>

#include <algorithm>

namespace greffe {
namespace {

namespace mustache = kainjow::mustache;
using Data = mustache::data;

std::string base64(std::string_view bytes) {
    std::string text(4 * ((bytes.size() + 2) / 3) + 1, '\0');
    const int length =
        EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                        reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
    text.resize(static_cast<std::size_t>(length));
    return text;
}

// A section around an empty text is left out. Every object sets all its names: a name that is not there
// would be looked for in the object around it.
Data textOrNothing(const std::string& text) {
    return text.empty() ? Data(false) : Data(text);
}

// A text of many lines stays one: what is harmful in a line is made visible, line by line.
std::string displayLines(std::string_view text) {
    std::string shown;
    while (true) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        std::string_view line = text.substr(0, end);
        if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
        shown += displayText(line);
        if (end == text.size()) return shown;
        shown += '\n';
        text.remove_prefix(end + 1);
    }
}

const char* toneOf(std::string_view state) {
    if (state == "done") return "good";
    for (const char* waiting : {"waits", "waiting", "retry_wait", "uncertain", "runs", "running"})
        if (state == waiting) return "wait";
    for (const char* bad :
         {"failed", "rejected", "refused", "expired", "held", "cancelled", "quarantined", "destroyed"})
        if (state == bad) return "bad";
    return "idle";
}

class PageData {
public:
    PageData(const SimulationReport& report, bool isFrench,
             const std::map<std::string, DocumentPages>& pictures)
        : report_(report), isFrench_(isFrench), pictures_(pictures) {}

    Data whole() {
        Data page(Data::type::object);
        page.set("language", isFrench_ ? "fr" : "en");
        page.set("style", std::string(kReportStyle));
        const Digest hash = sha256(kReportStyle);
        page.set("style_hash",
                 base64(std::string_view(reinterpret_cast<const char*>(hash.data()), hash.size())));
        page.set("version", GREFFE_VERSION);
        Data say(Data::type::object);
        for (const PageWord& word : pageWords())
            say.set(std::string(word.key), std::string(word.in(isFrench_)));
        page.set("say", say);
        putTime(page, "from", "from_iso", report_.startedMs);
        putTime(page, "to", "to_iso", report_.endedMs);
        page.set("is_long", Data(report_.endedMs > report_.startedMs));
        page.set("are_many", Data(report_.dossiers.size() > 1));
        Data dossiers(Data::type::list);
        for (const DossierStory& story : report_.dossiers)
            dossiers.push_back(dossier(story));
        page.set("dossiers", dossiers);
        Data unused(Data::type::list);
        for (const std::string& step : report_.unused) {
            Data answer(Data::type::object);
            answer.set("answer_step", displayText(step));
            unused.push_back(answer);
        }
        page.set("unused", unused);
        page.set("has_unused", Data(!report_.unused.empty()));
        return page;
    }

private:
    std::string word(std::string_view key) const {
        for (const PageWord& one : pageWords())
            if (one.key == key) return std::string(one.in(isFrench_));
        return std::string(key);
    }

    static void putTime(Data& data, const char* name, const char* isoName, std::int64_t unixMs) {
        data.set(name, unixMs == 0 ? Data(false) : Data(timeWord(unixMs)));
        data.set(isoName, unixMs == 0 ? std::string() : formatUtc(fromUnixMs(unixMs)));
    }

    Data dossier(const DossierStory& story) {
        Data data(Data::type::object);
        data.set("number", std::to_string(++dossiers_));
        data.set("name", story.name);
        data.set("pipeline", displayText(story.pipeline));
        data.set("state", stateWord(story.state, isFrench_));
        data.set("tone", toneOf(story.state));
        // Of one that waits the list below says more, in the same words for each branch.
        data.set("stands", story.standstills.empty() ? Data(story.waits) : Data(false));
        Data standstills(Data::type::list);
        for (const Standstill& one : story.standstills) {
            Data line(Data::type::object);
            line.set("text", standstillWords(one, isFrench_));
            standstills.push_back(line);
        }
        data.set("standstills", standstills);
        data.set("has_standstills", Data(!story.standstills.empty()));
        Data entries(Data::type::list);
        for (const TimelineEntry& one : story.entries)
            entries.push_back(entry(one));
        data.set("entries", entries);
        Data documents(Data::type::list);
        for (const DocumentRow& row : story.documents)
            documents.push_back(document(row, story.documents));
        data.set("documents", documents);
        return data;
    }

    std::string reasonWords(const std::string& code, const std::string& explanation) const {
        const ReasonInfo* const info = findReason(code);
        std::string text;
        if (info != nullptr && info->reason != Reason::None)
            text = reasonSentence(info->reason, isFrench_ ? "fr" : "en");
        if (!explanation.empty())
            text += (text.empty() ? "" : isFrench_ ? " : " : ": ") + displayText(explanation);
        return text;
    }

    Data entry(const TimelineEntry& one) const {
        Data data(Data::type::object);
        putTime(data, "time", "iso", one.atMs);
        data.set("branch", textOrNothing(displayText(one.branch)));
        data.set("step", textOrNothing(displayText(one.step)));
        data.set("kind", textOrNothing(displayText(one.kind)));
        data.set("result", stateWord(one.result, isFrench_));
        data.set("tone", toneOf(one.result));
        data.set("text", textOrNothing(reasonWords(one.reason, one.explanation)));
        Data notes(Data::type::list);
        for (const TimelineEntry::Note& each : one.notes)
            notes.push_back(note(each));
        data.set("notes", notes);
        return data;
    }

    Data note(const TimelineEntry::Note& one) const {
        Data data(Data::type::object);
        const bool isDecision = one.kind == "decided";
        data.set("decision", isDecision ? Data(one.text) : Data(false));
        data.set("place", displayText(one.place));
        data.set("message", one.message ? message(one) : Data(false));
        data.set("question", one.question ? question(*one.question) : Data(false));
        const bool isPlain = !isDecision && !one.message && !one.question;
        data.set("plain", isPlain ? Data(one.text) : Data(false));
        data.set("label", word(one.kind));
        return data;
    }

    Data message(const TimelineEntry::Note& one) const {
        const Outgoing& sent = *one.message;
        Data data(Data::type::object);
        data.set("what", word(one.kind == "would ask" ? "would_stamp" : "would_send"));
        data.set("answer", textOrNothing(answerWord(sent.answer, isFrench_)));
        data.set("recipient", textOrNothing(displayText(sent.recipient)));
        data.set("subject", textOrNothing(displayText(sent.subject)));
        data.set("service", displayText(sent.service));
        data.set("body", textOrNothing(displayLines(sent.text)));
        data.set("has_html", Data(sent.hasHtml));
        Data attachments(Data::type::list);
        for (const std::string& name : sent.attachments) {
            Data attachment(Data::type::object);
            attachment.set("file", displayText(name));
            attachments.push_back(attachment);
        }
        data.set("attachments", attachments);
        data.set("has_attachments", Data(!sent.attachments.empty()));
        return data;
    }

    Data question(const Question& asked) const {
        Data data(Data::type::object);
        data.set("who", displayText(asked.who));
        data.set("asked", textOrNothing(displayText(asked.text)));
        putTime(data, "until", "until_iso", asked.untilMs);
        Data choices(Data::type::list);
        for (const std::string& answer : asked.answers) {
            Data choice(Data::type::object);
            choice.set("choice", displayText(answer));
            choices.push_back(choice);
        }
        data.set("choices", choices);
        return data;
    }

    Data document(const DocumentRow& row, const std::vector<DocumentRow>& all) {
        Data data(Data::type::object);
        const std::string name = displayText(row.name);
        data.set("number", std::to_string(++documents_));
        data.set("file", name);
        data.set("slot", displayText(row.slot));
        data.set("size", bytesWord(row.sizeBytes, isFrench_));
        data.set("origin", row.producedBy.empty()
                               ? word("received")
                               : fmt::format("{} {}", word("made_by"), displayText(row.producedBy)));
        const auto source = std::find_if(all.begin(), all.end(), [&](const DocumentRow& other) {
            return other.id == row.derivedFrom && !row.derivedFrom.empty();
        });
        data.set("source", source == all.end() ? Data(false) : Data(displayText(source->name)));
        putPages(data, name, row.id);
        return data;
    }

    void putPages(Data& data, const std::string& name, const std::string& id) const {
        static const DocumentPages kNone;
        const auto found = pictures_.find(id);
        const DocumentPages& pages = found == pictures_.end() ? kNone : found->second;
        data.set("pages", pages.count == 0 ? Data(false) : Data(pagesWord(pages.count, isFrench_)));
        data.set("why_none",
                 pages.pictures.empty()
                     ? textOrNothing(reasonWords(std::string(reasonCode(pages.whyNone)), pages.explanation))
                     : Data(false));
        Data pictures(Data::type::list);
        for (const PagePicture& picture : pages.pictures) {
            const std::string caption =
                fmt::format("{} {} {} {}", word("page"), picture.page, word("of"), pages.count);
            Data image(Data::type::object);
            image.set("alt", fmt::format("{}, {}", name, caption));
            image.set("caption", caption);
            image.set("width", std::to_string(picture.width));
            image.set("height", std::to_string(picture.height));
            image.set("data", base64(picture.png));
            pictures.push_back(image);
        }
        data.set("pictures", pictures);
        data.set("has_pictures", Data(!pages.pictures.empty()));
        data.set("has_more", Data(pages.count > pages.pictures.size() && !pages.pictures.empty()));
    }

    const SimulationReport& report_;
    const bool isFrench_;
    const std::map<std::string, DocumentPages>& pictures_;
    int dossiers_ = 0, documents_ = 0;
};

}  // namespace

Result<std::string> reportPage(const SimulationReport& report, std::string_view language,
                               const std::map<std::string, DocumentPages>& pictures) {
    mustache::mustache frame{std::string(kReportFrame)};
    std::string page = frame.render(PageData(report, language == "fr", pictures).whole());
    if (!frame.is_valid())
        return makeError(Errc::Internal, "the frame of the simulation's page: " + frame.error_message());
    return page;
}

}  // namespace greffe
