// SPDX-License-Identifier: Apache-2.0
// The texts of messages: templates with mustache tags, from the plan or built in, rendered with what a
// dossier knows.
//
// Pure: the same template and view give the same text, so a message can be frozen before it is sent. The
// values come from outside (names on a manifest, file names): in HTML they are always escaped, in a subject a
// line break is refused, and nothing in a value is ever read as a tag.
//
// Thread-safe (no state).
#pragma once

#include "base/json_fwd.h"
#include "base/result.h"
#include "config/compile.h"
#include "config/plan.h"

#include <span>
#include <string>
#include <string_view>

namespace greffe {

struct MessageText {
    std::string subject, text, html;  // html is empty when the template has none
};

// Tags that have no value in the view become nothing; sections repeat over lists. Errors (Invalid) name the
// template: a tag that does not parse, an unescaped tag in HTML, a partial, a line break or control character
// in the subject, more than 1 MiB of text.
Result<MessageText> renderMessage(const TemplatePlan& plan, const Json& view);

// What renderMessage would say of the template itself, whatever the view: for `greffe check`.
Status checkTemplate(const TemplatePlan& plan);

// The names in a template's text that no message has: misspelt ones, which would stay empty in every mail.
// Looked at are tags outside of sections; inside, a name may be that of a list's entry.
std::vector<std::string> unknownTags(const std::string& text);

// What the configuration's check must know of templates: the built-in names, and checkTemplate.
TemplateRules templateRules();

// The plan's text of that name, else the built-in one; in the asked language, else in any. Null when there is
// none.
const TemplatePlan* findTemplate(const Plan& plan, std::string_view name, std::string_view language);

// sealed, rejected, held, missing-documents and task, in French and English; their files are
// config/templates/.
std::span<const TemplatePlan> builtInTemplates();

}  // namespace greffe
