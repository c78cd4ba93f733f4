// SPDX-License-Identifier: Apache-2.0
#include "messages/message_templates.h"

#include "base/json.h"

#include <fmt/format.h>
#include <kainjow/mustache.hpp>

#include <algorithm>
#include <new>
#include <stdexcept>

namespace greffe {
namespace {

namespace mustache = kainjow::mustache;

constexpr std::size_t kMaxTemplateBytes = 256U << 10U;
constexpr std::size_t kMaxMessageBytes = 1U << 20U;
constexpr int kMaxDepth = 32;

enum class Format { Plain, Html };

mustache::data dataOf(const Json& value, int depth = 0) {
    if (depth > kMaxDepth) return mustache::data("");
    switch (value.type()) {
        case Json::value_t::object: {
            mustache::data object(mustache::data::type::object);
            for (const auto& [name, member] : value.items())
                object.set(name, dataOf(member, depth + 1));
            return object;
        }
        case Json::value_t::array: {
            mustache::data list(mustache::data::type::list);
            for (const Json& each : value)
                list.push_back(dataOf(each, depth + 1));
            return list;
        }
        // An empty text is as good as none: a section around it is left out.
        case Json::value_t::string: {
            const auto& text = value.get_ref<const std::string&>();
            return text.empty() ? mustache::data(false) : mustache::data(text);
        }
        case Json::value_t::boolean: return mustache::data(value.get<bool>());
        case Json::value_t::null:
        case Json::value_t::discarded: return mustache::data(false);
        default: return mustache::data(dumpJson(value));
    }
}

std::string where(const TemplatePlan& plan, const char* part) {
    return fmt::format("template \"{}\" ({}), {}", plan.name, plan.language, part);
}

// What the library would do and we do not want: read other templates, write values as they are into HTML.
Status checkTags(const std::string& text, Format format, const std::string& place) {
    if (text.size() > kMaxTemplateBytes) return makeError(Errc::Invalid, place + ": larger than 256 KiB");
    for (std::size_t at = text.find("{{"); at != std::string::npos; at = text.find("{{", at + 2)) {
        std::size_t next = at + 2;
        const bool isTriple = next < text.size() && text[next] == '{';
        while (next < text.size() && (text[next] == ' ' || text[next] == '\t'))
            ++next;
        const char mark = next < text.size() ? text[next] : '\0';
        if (mark == '>')
            return makeError(Errc::Invalid, place + ": templates do not include each other ({{>)");
        if (mark == '=')
            return makeError(Errc::Invalid, place + ": other marks for tags are not supported ({{=)");
        if (format == Format::Html && (isTriple || mark == '&'))
            return makeError(Errc::Invalid, place + ": a value would stand in HTML as it is; use two braces");
    }
    return {};
}

Result<std::string> render(const std::string& text, const mustache::data& values, Format format,
                           const std::string& place) {
    GREFFE_TRY(checkTags(text, format, place));
    try {
        mustache::mustache parsed(text);
        if (!parsed.is_valid()) return makeError(Errc::Invalid, place + ": " + parsed.error_message());
        if (format == Format::Plain) parsed.set_custom_escape([](const std::string& value) { return value; });
        std::string rendered;
        parsed.render(values, [&](const std::string& piece) {
            if (rendered.size() + piece.size() > kMaxMessageBytes)
                throw std::length_error("more than 1 MiB of text");
            rendered += piece;
        });
        if (!parsed.is_valid()) return makeError(Errc::Invalid, place + ": " + parsed.error_message());
        return rendered;
    } catch (const std::bad_alloc&) {
        throw;  // says nothing of the template: a dossier would be held for its configuration
    } catch (const std::exception& error) {
        return makeError(Errc::Invalid, place + ": " + error.what());
    }
}

bool isControl(char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

// DossierRun::view and what message_freezing.cpp adds to it.
const std::vector<std::string>& viewNames() {
    static const std::vector<std::string> kNames = {
        "id",      "item",        "type",          "pipeline",      "created_unix", "data",
        "parties", "facts",       "documents",     "document_name", "recipient",    "support_contact",
        "reason",  "explanation", "document_list", "step"};
    return kNames;
}

}  // namespace

Result<MessageText> renderMessage(const TemplatePlan& plan, const Json& view) {
    const mustache::data values = dataOf(view);
    MessageText message;
    GREFFE_TRY_ASSIGN(message.subject, render(plan.subject, values, Format::Plain, where(plan, "subject")));
    if (std::any_of(message.subject.begin(), message.subject.end(), isControl))
        return makeError(Errc::Invalid,
                         where(plan, "subject") + ": a line break or control character in a value");
    GREFFE_TRY_ASSIGN(message.text, render(plan.text, values, Format::Plain, where(plan, "text")));
    if (message.text.find('\0') != std::string::npos)
        return makeError(Errc::Invalid, where(plan, "text") + ": a NUL in a value");
    if (!plan.html.empty()) {
        GREFFE_TRY_ASSIGN(message.html, render(plan.html, values, Format::Html, where(plan, "html")));
        if (message.html.find('\0') != std::string::npos)
            return makeError(Errc::Invalid, where(plan, "html") + ": a NUL in a value");
    }
    return message;
}

Status checkTemplate(const TemplatePlan& plan) {
    auto rendered = renderMessage(plan, Json::object());
    return rendered ? Status() : Status(rendered.error());
}

std::vector<std::string> unknownTags(const std::string& text) {
    std::vector<std::string> unknown;
    int depth = 0;
    for (std::size_t at = text.find("{{"); at != std::string::npos; at = text.find("{{", at + 2)) {
        const std::size_t end = text.find("}}", at);
        if (end == std::string::npos) break;  // checkTemplate says so
        std::string tag = text.substr(at + 2, end - at - 2);
        const char mark = tag.empty() ? ' ' : tag.front();
        if (mark == '/') --depth;
        if (depth == 0 && std::string_view("!/>=").find(mark) == std::string_view::npos) {
            tag.erase(0, tag.find_first_not_of(" {&#^"));
            tag.erase(std::min(tag.size(), tag.find_first_of(" .}")));
            if (!tag.empty() && std::find(viewNames().begin(), viewNames().end(), tag) == viewNames().end())
                unknown.push_back(tag);
        }
        if (mark == '#' || mark == '^') ++depth;
    }
    return unknown;
}

TemplateRules templateRules() {
    TemplateRules rules;
    for (const TemplatePlan& each : builtInTemplates())
        if (std::find(rules.builtIn.begin(), rules.builtIn.end(), each.name) == rules.builtIn.end())
            rules.builtIn.push_back(each.name);
    rules.check = checkTemplate;
    rules.tags = viewNames();
    rules.unknownTags = unknownTags;
    return rules;
}

const TemplatePlan* findTemplate(const Plan& plan, std::string_view name, std::string_view language) {
    const auto in = [&](auto& templates, bool anyLanguage) -> const TemplatePlan* {
        for (const TemplatePlan& each : templates)
            if (each.name == name && (anyLanguage || each.language == language)) return &each;
        return nullptr;
    };
    const auto builtIn = builtInTemplates();
    for (const bool anyLanguage : {false, true}) {
        if (const TemplatePlan* found = in(plan.templates, anyLanguage)) return found;
        // A site that wrote its own text in one language wants that rather than ours in the other.
        const bool hasOwn = in(plan.templates, true) != nullptr;
        if (const TemplatePlan* found = in(builtIn, anyLanguage); found != nullptr && !hasOwn) return found;
    }
    return nullptr;
}

}  // namespace greffe
