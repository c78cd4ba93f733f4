// SPDX-License-Identifier: Apache-2.0
#include "programs/host_programs.h"

#include "sys/files.h"

#include <fmt/format.h>

#include <algorithm>
#include <exception>

namespace greffe {
namespace {

constexpr std::uint32_t kMostWords = 64;
constexpr std::size_t kMostArgumentBytes = 4096;
constexpr std::size_t kPieceBytes = 256U << 10U;

// What is wrong with the call itself; empty when nothing is.
std::string problemOf(const ProgramCall& call) {
    if (call.structSize < sizeof(ProgramCall)) return "the call is smaller than this revision's";
    if (call.argumentCount > kMostWords || (call.argumentCount != 0 && call.arguments == nullptr))
        return fmt::format("{} arguments", call.argumentCount);
    for (std::uint32_t i = 0; i < call.argumentCount; ++i) {
        const std::string_view argument = call.arguments[i];
        if (argument.size() > kMostArgumentBytes || argument.find('\0') != std::string_view::npos)
            return fmt::format("argument {} is too long, or holds a NUL", i + 1);
    }
    return {};
}

void writeInPieces(std::string_view bytes, ByteSink& sink) {
    for (std::size_t at = 0; at < bytes.size(); at += kPieceBytes)
        if (!sink.write(bytes.substr(at, kPieceBytes))) return;
}

}  // namespace

HostPrograms::HostPrograms(ProgramLauncher& launcher, CancelService& cancel,
                           std::vector<std::string> declared, std::map<std::string, std::string> missing)
    : launcher_(launcher), cancel_(cancel), declared_(std::move(declared)), missing_(std::move(missing)) {}

std::string HostPrograms::whyNot(std::string_view program) {
    if (std::find(declared_.begin(), declared_.end(), program) == declared_.end()) {
        undeclared_.emplace(program);
        return fmt::format("the plugin's metadata do not declare the program \"{}\"", program);
    }
    const auto missing = missing_.find(std::string(program));
    return missing == missing_.end() ? std::string() : missing->second;
}

bool HostPrograms::isThere(Slice program, ByteSink& why) noexcept {
    try {
        const std::string text = whyNot(program);
        if (text.empty()) return true;
        why.write(text);
    } catch (...) {
        // No memory for a reason.
    }
    return false;
}

bool HostPrograms::run(const ProgramCall& call, ByteSink& output, ByteSink& errors,
                       ProgramResult& result) noexcept {
    result.end = ProgramEnd::NotStarted;
    result.code = 0;
    try {
        if (const std::string problem = problemOf(call); !problem.empty()) {
            errors.write(problem);
            return false;
        }
        if (const std::string why = whyNot(call.program); !why.empty()) {
            errors.write(why);
            return true;
        }
        return carryOut(call, output, errors, result);
    } catch (const std::exception& error) {
        errors.write(std::string_view(error.what()));
    }
    result.end = ProgramEnd::NotStarted;
    return true;
}

bool HostPrograms::carryOut(const ProgramCall& call, ByteSink& output, ByteSink& errors,
                            ProgramResult& result) {
    const auto fail = [&](const Error& error) {
        errors.write(error.text());
        return true;
    };
    auto input = sealedMemoryFile("program-input", call.input);
    if (!input) return fail(input.error());
    auto printed = memoryFile("program-output");
    if (!printed) return fail(printed.error());
    ProgramRun run;
    run.program = std::string(call.program.view());
    for (std::uint32_t i = 0; i < call.argumentCount; ++i)
        run.arguments.emplace_back(call.arguments[i].view());
    run.inputFd = input->get();
    run.inputBytes = call.input.size;
    run.outputFd = printed->get();
    run.maxOutputBytes = call.maxOutputBytes;
    run.timeoutMs = call.timeoutMs;
    auto outcome = launcher_.run(run, [this] { return cancel_.isCancelled(); });
    if (!outcome) {
        isLost_ = true;
        return fail(outcome.error());
    }
    // Nobody writes it any more: all that could are dead.
    const auto facts = factsOf(printed->get());
    if (!facts) return fail(facts.error());
    const auto mapped = MappedFile::map(printed->get(), 0, facts->sizeBytes);
    if (!mapped) return fail(mapped.error());
    result.end = outcome->end;
    result.code = outcome->code;
    writeInPieces(mapped->bytes(), output);
    errors.write(outcome->errors);
    return true;
}

}  // namespace greffe
