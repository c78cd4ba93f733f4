// SPDX-License-Identifier: Apache-2.0
#include "simulators/html.h"

#include "base/bytes_text.h"

namespace greffe::simulators {
namespace {

constexpr const char* kStyle = R"(
:root{--ink:#1d232b;--soft:#5c6773;--line:#dde2e8;--paper:#fff;--wash:#f5f7f9;--accent:#1f5f8b;--bad:#a4262c;--good:#256c3a}
@media(prefers-color-scheme:dark){:root{--ink:#e6e9ed;--soft:#9aa5b1;--line:#39424d;--paper:#1b2027;--wash:#232a33;--accent:#7db8e0;--bad:#f08a8f;--good:#83c995}}
*{box-sizing:border-box}
body{margin:0;background:var(--wash);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif}
main{max-width:76rem;margin:0 auto;padding:1.5rem 1.25rem 3rem}
h1{font-size:1.5rem;margin:0}
h2{font-size:1.15rem;margin:0}
h3{font-size:.95rem;margin:1.4rem 0 .4rem;color:var(--soft);font-weight:600}
header{display:flex;justify-content:space-between;align-items:baseline;flex-wrap:wrap;gap:.5rem 1.5rem;margin-bottom:.5rem}
p{margin:.4rem 0}
a{color:var(--accent)}
section{background:var(--paper);border:1px solid var(--line);border-radius:8px;padding:1rem 1.25rem 1.25rem;margin-top:1.25rem}
section>header{margin:0}
.soft{color:var(--soft)}
.bad{color:var(--bad)}
.good{color:var(--good)}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%}
th{text-align:left;font-weight:600;color:var(--soft);font-size:.85rem}
th,td{padding:.3rem .8rem .3rem 0;border-bottom:1px solid var(--line);vertical-align:top}
td{overflow-wrap:break-word;max-width:32rem}
td.tight,th.tight{white-space:nowrap}
tr:last-child td{border-bottom:0}
code{font:13px/1.45 ui-monospace,"DejaVu Sans Mono",Menlo,Consolas,monospace}
label{display:block;margin:.8rem 0 .2rem}
input{display:block;font:inherit;padding:.4rem .6rem;border:1px solid var(--line);border-radius:6px;background:var(--paper);color:inherit;width:100%;max-width:24rem}
button{font:inherit;margin:1rem .6rem 0 0;padding:.45rem 1.1rem;border:1px solid var(--accent);border-radius:6px;background:var(--accent);color:var(--paper);cursor:pointer}
button.second{background:none;color:var(--accent)}
)";

}  // namespace

std::string htmlText(std::string_view text) {
    std::string escaped;
    for (const char c : displayText(text)) {
        switch (c) {
            case '&': escaped += "&amp;"; break;
            case '<': escaped += "&lt;"; break;
            case '>': escaped += "&gt;"; break;
            case '"': escaped += "&quot;"; break;
            case '\'': escaped += "&#39;"; break;
            default: escaped += c;
        }
    }
    return escaped;
}

std::string htmlPage(std::string_view title, std::string_view language, std::string_view body) {
    std::string page = "<!DOCTYPE html>\n<html lang=\"" + htmlText(language) +
                       "\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
                       "content=\"width=device-width,initial-scale=1\"><title>" +
                       htmlText(title) + "</title><style>" + kStyle + "</style></head><body><main>";
    page += body;
    return page + "</main></body></html>\n";
}

}  // namespace greffe::simulators
