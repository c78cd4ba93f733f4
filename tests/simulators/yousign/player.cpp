// SPDX-License-Identifier: Apache-2.0
#include "simulators/yousign/player.h"

#include "simulators/html.h"

#include <fmt/format.h>

namespace greffe::simulators {
namespace {

struct PageWords {
    const char *title, *notYours, *explain, *code, *reason, *sign, *decline, *done, *wrongCode;
};

constexpr PageWords kEnglish = {"Sign",
                                "There is nothing to sign here now.",
                                "This is a simulation: nothing signed here is worth anything.",
                                "Code received (the simulator shows it):",
                                "Reason, if you decline:",
                                "Sign",
                                "Decline",
                                "Thank you. You may close this page.",
                                "That is not the code."};
constexpr PageWords kFrench = {
    "Signer",
    "Il n\u2019y a rien \u00e0 signer ici pour l\u2019instant.",
    "Ceci est une simulation\u00a0: rien de ce qui est sign\u00e9 ici n\u2019a de valeur.",
    "Code re\u00e7u (le simulateur l\u2019affiche)\u00a0:",
    "Motif, si vous refusez\u00a0:",
    "Signer",
    "Refuser",
    "Merci. Vous pouvez fermer cette page.",
    "Ce n\u2019est pas le code."};

HttpAnswer htmlAnswer(std::string page) {
    HttpAnswer answer;
    answer.contentType = "text/html; charset=utf-8";
    answer.headers["Content-Security-Policy"] =
        "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'";
    answer.body = std::move(page);
    return answer;
}

bool wantsCode(const Signer& signer) {
    return signer.authenticationMode == "otp_sms" || signer.authenticationMode == "otp_email";
}

std::string formValue(const HttpCall& call, const std::string& name) {
    for (const auto& [key, value] : queryOf("?" + call.question.body))
        if (key == name) return value;
    return {};
}

}  // namespace

Result<SignatureRequest*> YousignPlayer::requestOf(const Json& arguments) {
    const std::string wanted = textOf(arguments, "request");
    for (auto at = account_.requests.rbegin(); at != account_.requests.rend(); ++at)
        if (wanted.empty() || at->id == wanted || at->externalId == wanted || at->name == wanted) return &*at;
    return makeError(Errc::NotFound, "no signature request " + wanted);
}

Result<Signer*> YousignPlayer::signerOf(SignatureRequest& request, const Json& arguments) {
    const Json& wanted = memberOf(arguments, "signer");
    std::int64_t place = 0;
    for (Signer& each : request.signers) {
        const bool isWanted = wanted.is_null() ? account_.life.isTheirTurn(request, each)
                              : wanted.is_number()
                                  ? place == numberOf(arguments, "signer")
                                  : each.id == wanted || memberOf(each.info, "email") == wanted;
        if (isWanted) return &each;
        ++place;
    }
    return makeError(Errc::NotFound, wanted.is_null()
                                         ? "it is no signer's turn: the request is " + request.status
                                         : "no signer " + dumpJson(wanted));
}

Result<Json> YousignPlayer::whenTheirTurn(const Json& arguments,
                                          const std::function<Status(SignatureRequest&, Signer&)>& act) {
    GREFFE_TRY_ASSIGN(SignatureRequest * request, requestOf(arguments));
    GREFFE_TRY_ASSIGN(Signer * signer, signerOf(*request, arguments));
    if (!account_.life.isTheirTurn(*request, *signer))
        return makeError(Errc::Invalid,
                         fmt::format("the request is {}, the signer {}", request->status, signer->status));
    GREFFE_TRY(act(*request, *signer));
    return account_.shown.request(*request);
}

Result<Json> YousignPlayer::emitAnything(const Json& arguments) {
    GREFFE_TRY_ASSIGN(SignatureRequest * request, requestOf(arguments));
    const std::string event = textOf(arguments, "event");
    if (event.empty()) return makeError(Errc::Invalid, "which event?");
    const Signer* signer = nullptr;
    if (event.rfind("signer.", 0) == 0) {
        Json which = arguments;
        if (!which.contains("signer")) which["signer"] = 0;
        GREFFE_TRY_ASSIGN(signer, signerOf(*request, which));
    }
    account_.emit(event, *request, signer);
    return Json{{"event", event}, {"request", request->id}};
}

void YousignPlayer::addOperations(const Register& add) {
    add("sign", "the signer signs: request, signer", [this](const Json& arguments) {
        return whenTheirTurn(arguments, [this](SignatureRequest& request, Signer& signer) {
            account_.life.sign(request, signer);
            return Status();
        });
    });
    add("decline", "the signer declines: request, signer, reason", [this](const Json& arguments) {
        return whenTheirTurn(arguments, [&](SignatureRequest& request, Signer& signer) -> Status {
            if (!request.mayDecline) return makeError(Errc::Invalid, "signers_allowed_to_decline is false");
            account_.life.decline(request, signer, textOf(arguments, "reason", "Not as agreed"));
            return {};
        });
    });
    add("wrong_code", "the signer types a wrong code; nothing is signed: request, signer",
        [this](const Json& arguments) {
            return whenTheirTurn(arguments, [](SignatureRequest&, Signer& signer) {
                ++signer.wrongCodes;
                return Status();
            });
        });
    add("open_link", "the signer opens the link: request, signer", [this](const Json& arguments) {
        return whenTheirTurn(arguments, [this](SignatureRequest& request, Signer& signer) {
            account_.life.openLink(request, signer);
            return Status();
        });
    });
    add("fail", "the signature fails for a technical reason, the request is canceled: request, signer",
        [this](const Json& arguments) {
            return whenTheirTurn(arguments, [this](SignatureRequest& request, Signer& signer) {
                account_.life.fail(request, signer);
                return Status();
            });
        });
    add("expire", "the request expires now: request", [this](const Json& arguments) -> Result<Json> {
        GREFFE_TRY_ASSIGN(SignatureRequest * request, requestOf(arguments));
        if (request->status != "ongoing")
            return makeError(Errc::Invalid, "the request is " + request->status);
        account_.life.expire(*request);
        return account_.shown.request(*request);
    });
    add("emit", "sends any event, true or not: event, request, signer",
        [this](const Json& arguments) { return emitAnything(arguments); });
}

void YousignPlayer::addTo(RouteTable& routes) {
    for (const char* method : {"GET", "POST"})
        routes.addPage("signature_page", method, "/signatures/{signer}",
                       [this](const HttpCall& call) { return page(call); });
}

HttpAnswer YousignPlayer::page(const HttpCall& call) {
    for (SignatureRequest& request : account_.requests)
        for (Signer& signer : request.signers)
            if (signer.id == call.parameters.at("signer") && !signer.linkToken.empty() &&
                call.queryValue("s") == signer.linkToken)
                return pageAnswer(call, request, signer);
    return account_.refusals.notFound("Signature link");
}

HttpAnswer YousignPlayer::pageAnswer(const HttpCall& call, SignatureRequest& request, Signer& signer) {
    const std::string language = textOf(signer.info, "locale") == "fr" ? "fr" : "en";
    const PageWords& words = language == "fr" ? kFrench : kEnglish;
    const auto say = [&](const std::string& markup) {
        return htmlAnswer(htmlPage(
            words.title, language,
            "<header><h1>" + htmlText(request.name) + "</h1></header><section>" + markup + "</section>"));
    };
    const auto paragraph = [](const char* text) { return "<p>" + htmlText(text) + "</p>"; };
    if (!account_.life.isTheirTurn(request, signer) || account_.clock.now() >= signer.linkExpiresAt)
        return say(paragraph(words.notYours));
    if (wantsCode(signer) && signer.code.empty()) account_.life.sendCode(signer);
    std::string complaint;
    if (call.question.method == "GET") {
        account_.life.openLink(request, signer);
    } else if (formValue(call, "do") == "decline" && request.mayDecline) {
        account_.life.decline(request, signer, formValue(call, "reason"));
        return say(paragraph(words.done));
    } else if (wantsCode(signer) && formValue(call, "code") != signer.code) {
        ++signer.wrongCodes;
        complaint = "<p class=\"bad\">" + htmlText(words.wrongCode) + "</p>";
    } else {
        account_.life.sign(request, signer);
        return say(paragraph(words.done));
    }
    std::string form =
        "<p class=\"soft\">" + htmlText(words.explain) + "</p>" + complaint + "<form method=\"post\">";
    if (wantsCode(signer))
        form += fmt::format("<label>{} <code>{}</code><input name=\"code\" autocomplete=\"off\"></label>",
                            htmlText(words.code), signer.code);
    if (request.mayDecline)
        form += fmt::format("<label>{}<input name=\"reason\"></label>", htmlText(words.reason));
    form += fmt::format("<button name=\"do\" value=\"sign\">{}</button>", htmlText(words.sign));
    if (request.mayDecline)
        form += fmt::format("<button name=\"do\" value=\"decline\" class=\"second\">{}</button>",
                            htmlText(words.decline));
    return say(form + "</form>");
}

}  // namespace greffe::simulators
