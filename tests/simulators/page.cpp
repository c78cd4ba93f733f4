// SPDX-License-Identifier: Apache-2.0
#include "simulators/page.h"

#include "base/bytes_text.h"
#include "simulators/html.h"
#include "simulators/http/route_table.h"
#include "simulators/page_words.h"

#include <fmt/format.h>

#include <algorithm>
#include <regex>
#include <vector>

namespace greffe::simulators {
namespace {

constexpr std::size_t kMostRows = 30;
constexpr std::size_t kMostColumns = 7;
constexpr std::size_t kLongestCell = 240;

// In the order of the page; a table has the first few that its rows have.
constexpr const char* kColumns[] = {"id",          "at",         "method",
                                    "path",        "from",       "to",
                                    "subject",     "text",       "name",
                                    "external_id", "endpoint",   "status",
                                    "event",       "url",        "attempt",
                                    "outcome",     "next_at",    "due",
                                    "signers",     "fault",      "expiration_date",
                                    "parts",       "reference",  "subscribed_events",
                                    "enabled",     "bytes",      "content_type",
                                    "tls",         "authorized", "message_id"};

// Ids of 36 letters say nothing to people and push everything else aside.
bool isWorthAColumn(const std::string& key, const Json& rows) {
    bool isThere = false;
    for (const Json& row : rows) {
        const Json& value = memberOf(row, key);
        if (value.is_null() || value == "") continue;
        if (key == "id" && value.is_string() && value.get_ref<const std::string&>().size() > 20) return false;
        isThere = true;
    }
    return isThere;
}

std::string nameOfPerson(const Json& person) {
    const Json& info = memberOf(person, "info");
    std::string name = textOf(info, "first_name") + " " + textOf(info, "last_name");
    if (name.size() == 1) name = textOf(person, "name", textOf(person, "id"));
    const std::string status = textOf(person, "status");
    return status.empty() ? name : name + ": " + status;
}

std::string cellText(const Json& value, const std::string& language) {
    if (value.is_null()) return "";
    if (value.is_string()) return value.get<std::string>();
    if (value.is_boolean()) return pageWord(value.get<bool>() ? "true" : "false", language);
    if (!value.is_array()) return dumpJson(value);
    std::string list;
    for (const Json& each : value)
        list +=
            (list.empty() ? "" : ", ") + (each.is_object() ? nameOfPerson(each) : cellText(each, language));
    return list;
}

// "2026-11-23T13:17:28Z": people want the time of the day, the date is in its title.
std::string timeCell(const std::string& text) {
    if (text.size() < 20 || text[10] != 'T') return htmlText(text);
    return fmt::format("<span title=\"{}\">{}</span>", htmlText(text), htmlText(text.substr(11, 8)));
}

// What does not help to tell one line from the next is left to the raw bytes.
std::string shortened(const std::string& column, const std::string& text) {
    static const std::regex uuid("([0-9a-f]{8})-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}");
    if (column == "path") return std::regex_replace(text, uuid, "$1…");
    if (column == "content_type") return text.substr(0, text.find(';'));
    return text;
}

const char* statusClass(const std::string& text) {
    for (const char* good : {"2", "done", "signed", "delivered"})
        if (text.rfind(good, 0) == 0) return " class=\"tight good\"";
    for (const char* bad : {"4", "5", "declined", "expired", "canceled", "undelivered", "rejected", "timeout",
                            "no answer", "lost", "error"})
        if (text.rfind(bad, 0) == 0) return " class=\"tight bad\"";
    return " class=\"tight\"";
}

class PageWriter {
public:
    explicit PageWriter(PageRequest asked) : asked_(std::move(asked)) {}

    std::string word(std::string_view key) const { return htmlText(pageWord(key, asked_.language)); }

    // The newest first; `linkTo` is where the raw bytes of a row are, before its id.
    std::string table(const std::string& title, const Json& rows, const std::string& linkTo) const {
        const std::string heading = "<h3>" + word(title) + "</h3>";
        if (rows.empty()) return {};
        if (!rows.front().is_object()) return heading + "<p><code>" + plainList(rows) + "</code></p>";
        const std::vector<std::string> columns = columnsOf(rows);
        std::string markup = heading + "<div class=\"scroll\"><table><thead><tr>";
        for (const std::string& each : columns)
            markup += fmt::format("<th{}>{}</th>", isTight(each) ? " class=\"tight\"" : "", word(each));
        markup += (linkTo.empty() ? "" : "<th></th>") + std::string("</tr></thead><tbody>");
        const std::size_t shown = std::min(rows.size(), kMostRows);
        for (std::size_t i = 0; i < shown; ++i)
            markup += row(rows[rows.size() - 1 - i], columns, linkTo);
        markup += "</tbody></table></div>";
        if (rows.size() > shown)
            markup += fmt::format("<p class=\"soft\">{} {}</p>", rows.size() - shown, word("more"));
        return markup;
    }

    std::string faults(const Json& entries) const {
        if (entries.empty()) return {};
        std::string markup = "<h3>" + word("faults") + "</h3><div class=\"scroll\"><table><thead><tr>";
        for (const char* each : {"place", "fault", "times", "details"})
            markup += "<th>" + word(each) + "</th>";
        markup += "</tr></thead><tbody>";
        for (const Json& entry : entries) {
            Json rest = entry;
            for (const char* shown : {"at", "fault", "times"})
                rest.erase(shown);
            const std::int64_t times = numberOf(entry, "times", 1);
            markup += fmt::format(
                "<tr><td class=\"tight\">{}</td><td class=\"tight\">{}</td><td "
                "class=\"tight\">{}</td><td><code>{}"
                "</code></td></tr>",
                htmlText(textOf(entry, "at")), htmlText(textOf(entry, "fault")),
                times == 0 ? word("for ever") : std::to_string(times),
                rest.empty() ? "" : htmlText(clipUtf8(dumpJson(rest), kLongestCell)));
        }
        return markup + "</tbody></table></div>";
    }

    std::string header() const {
        const bool isFrench = asked_.language == "fr";
        const std::string here = asked_.refreshes ? "&amp;refresh=5" : "";
        std::string markup = "<header><h1>" + word("title") + "</h1><nav>";
        markup += fmt::format("<a href=\"/page?lang={}{}\" lang=\"{}\">{}</a> · ", isFrench ? "en" : "fr",
                              here, isFrench ? "en" : "fr", word("other_language"));
        markup += fmt::format("<a href=\"/page?lang={}{}\">{}</a></nav></header>", asked_.language,
                              asked_.refreshes ? "" : "&amp;refresh=5",
                              word(asked_.refreshes ? "no_refresh" : "refresh"));
        return markup + "<p class=\"soft\">" + word("note") + "</p>";
    }

private:
    static bool isTight(const std::string& column) {
        for (const char* each : {"path", "subject", "text", "name", "signers", "url", "endpoint", "event",
                                 "subscribed_events", "outcome"})
            if (column == each) return false;
        return true;
    }

    static std::vector<std::string> columnsOf(const Json& rows) {
        std::vector<std::string> columns;
        for (const char* each : kColumns)
            if (columns.size() < kMostColumns && isWorthAColumn(each, rows)) columns.emplace_back(each);
        return columns;
    }

    std::string plainList(const Json& rows) const {
        std::string list;
        const std::size_t from = rows.size() > kMostRows ? rows.size() - kMostRows : 0;
        for (std::size_t i = from; i < rows.size(); ++i)
            list += (list.empty() ? "" : "<br>") +
                    htmlText(clipUtf8(cellText(rows[i], asked_.language), kLongestCell));
        return list;
    }

    std::string row(const Json& values, const std::vector<std::string>& columns,
                    const std::string& linkTo) const {
        std::string markup = "<tr>";
        for (const std::string& each : columns) {
            const std::string text = shortened(each, cellText(memberOf(values, each), asked_.language));
            const std::string_view shown = clipUtf8(text, kLongestCell);
            const std::string markupOfCell = htmlText(shown) + (shown.size() < text.size() ? "…" : "");
            if (each == "status" || each == "outcome")
                markup += fmt::format("<td{}>{}</td>", statusClass(text), markupOfCell);
            else if (each == "at" || each == "due" || each == "next_at" || each == "expiration_date")
                markup += "<td class=\"tight\">" +
                          (each == "expiration_date" ? htmlText(text.substr(0, 10)) : timeCell(text)) +
                          "</td>";
            else
                markup += fmt::format("<td{}>{}</td>", isTight(each) ? " class=\"tight\"" : "", markupOfCell);
        }
        const std::string id = cellText(memberOf(values, "id"), asked_.language);
        if (!linkTo.empty())
            markup += fmt::format("<td class=\"tight\"><a href=\"{}{}\">{}</a></td>", htmlText(linkTo),
                                  htmlText(id), word("bytes_link"));
        return markup + "</tr>";
    }

    PageRequest asked_;
};

std::string addressOf(const Json& ready) {
    const std::string url = textOf(ready, "url");
    if (!url.empty()) return url;
    return fmt::format("{}:{}", textOf(ready, "host", "127.0.0.1"), numberOf(ready, "port"));
}

// Arrays of what came in; what became of it before the calls that made it.
std::string tablesOf(const PageWriter& writer, const std::string& name, const Json& received) {
    std::string markup;
    const Json& state = memberOf(received, "state");
    for (const char* key : {"signature_requests", "messages", "inbound", "opted_out", "webhooks"})
        if (memberOf(state, key).is_array()) markup += writer.table(key, memberOf(state, key), "");
    for (const auto& [key, value] : received.items())
        if (value.is_array())
            markup += writer.table(
                key, value, !value.empty() && value.front().is_object() ? "/" + name + "/received/" : "");
    return markup;
}

}  // namespace

std::string simulatorsPage(const Running& running, const Json& ready, const PageRequest& asked) {
    const PageWriter writer(asked);
    std::string body = writer.header();
    for (const auto& [name, simulator] : running) {
        const Json deliveries = simulator->deliveries();
        std::string inside = writer.faults(simulator->faults());
        inside += tablesOf(writer, name, simulator->received());
        inside += writer.table("waiting", memberOf(deliveries, "waiting"), "");
        inside += writer.table("attempts", memberOf(deliveries, "attempts"), "");
        if (inside.empty()) inside = "<p class=\"soft\">" + writer.word("nothing") + "</p>";
        body += fmt::format("<section><header><h2>{}</h2><code class=\"soft\">{}</code></header>{}</section>",
                            htmlText(name), htmlText(addressOf(memberOf(ready, name))), inside);
    }
    std::string page = htmlPage(pageWord("title", asked.language), asked.language, body);
    if (asked.refreshes) page.insert(page.find("<title>"), "<meta http-equiv=\"refresh\" content=\"5\">");
    return page;
}

PageRequest pageRequestOf(const HttpQuestion& question) {
    PageRequest asked;
    const auto header = question.headers.find("accept-language");
    if (header != question.headers.end() && header->second.rfind("fr", 0) == 0) asked.language = "fr";
    for (const auto& [key, value] : queryOf(question.path)) {
        if (key == "lang" && (value == "fr" || value == "en")) asked.language = value;
        if (key == "refresh") asked.refreshes = true;
    }
    return asked;
}

}  // namespace greffe::simulators
