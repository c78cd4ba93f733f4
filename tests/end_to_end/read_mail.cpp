// SPDX-License-Identifier: Apache-2.0
#include "end_to_end/read_mail.h"

#include "base/json.h"
#include "support/run_tool.h"
#include "support/temporary_directory.h"

#include <fstream>

namespace greffe {
namespace {

constexpr const char* kScript = R"(
import email, email.policy, hashlib, json, sys
mail = email.message_from_binary_file(open(sys.argv[1], 'rb'), policy=email.policy.default)
body = mail.get_body(preferencelist=('plain',))
defects = [repr(d) for part in mail.walk() for d in part.defects]
for header in mail.values(): defects += [repr(d) for d in getattr(header, 'defects', [])]
print(json.dumps({
    'message_id': mail['Message-ID'], 'subject': mail['Subject'], 'from': mail['From'], 'to': mail['To'],
    'date': mail['Date'], 'text': body.get_content() if body else '', 'problem': ', '.join(defects),
    'attachments': [{'name': a.get_filename(), 'media_type': a.get_content_type(),
                     'sha256': hashlib.sha256(a.get_payload(decode=True)).hexdigest()} for a in mail.iter_attachments()]}))
)";

}  // namespace

ReadMail readMail(const std::string& bytes) {
    const TemporaryDirectory folder;
    std::ofstream(folder.path() + "/mail.eml", std::ios::binary) << bytes;
    const ToolResult read = runTool({"python3", "-c", kScript, folder.path() + "/mail.eml"});
    ReadMail mail;
    auto json = parseJson(read.output);
    if (read.exitCode != 0 || !json) {
        mail.problem = "not read: " + read.output;
        return mail;
    }
    mail.messageId = textOf(*json, "message_id");
    mail.subject = textOf(*json, "subject");
    mail.from = textOf(*json, "from");
    mail.to = textOf(*json, "to");
    mail.date = textOf(*json, "date");
    mail.text = textOf(*json, "text");
    mail.problem = textOf(*json, "problem");
    for (const Json& each : memberOf(*json, "attachments"))
        mail.attachments.push_back(
            {textOf(each, "name"), textOf(each, "media_type"), textOf(each, "sha256")});
    return mail;
}

}  // namespace greffe
