// SPDX-License-Identifier: Apache-2.0
#include "simulate/dropped_whole.h"

#include "base/bytes_text.h"
#include "intake/dropped_folder.h"
#include "sys/files.h"

#include <fmt/format.h>

#include <filesystem>

namespace greffe {
namespace {

namespace fs = std::filesystem;

// A path with a slash at its end names the folder before it.
fs::path withoutSlash(const std::string& path) {
    const fs::path given(path);
    return given.has_filename() ? given : given.parent_path();
}

}  // namespace

Result<const IntakePlan*> intakeOfWhole(const Plan& plan, const std::string& pipeline,
                                        const std::string& path) {
    std::error_code ignored;
    const bool isFolder = fs::is_directory(path, ignored);
    if (!isFolder && !isArchiveName(withoutSlash(path).filename().string())) return nullptr;
    for (const IntakePlan& intake : plan.intakes)
        if (intake.pipeline == pipeline &&
            (isFolder ? intake.hasFoldersAsDossiers : intake.hasArchivesAsDossiers))
            return &intake;
    if (!isFolder) return nullptr;
    return makeError(Errc::Unsupported,
                     fmt::format("{} is a folder, and no intake of pipeline \"{}\" takes folders",
                                 displayText(path), pipeline),
                     "set folders_as_dossiers = true at the intake, or name files");
}

Result<AdmittedDossier> admitWhole(const FolderSettings& settings, const std::string& path,
                                   const std::string& scratch, AdmissionServices services) {
    SourceRow source;
    source.intake = settings.name;
    source.name = withoutSlash(path).filename().string();
    source.claim = fmt::format("{}//{}", services.ids.next(), source.name);
    const fs::path claimed = fs::path(scratch) / "claimed" / source.claim.substr(0, source.claim.find('/'));
    GREFFE_TRY(makeDirectories(claimed.string()));
    std::error_code failed;
    // Links stay links: the intake refuses them.
    fs::copy(withoutSlash(path), claimed / source.name,
             fs::copy_options::recursive | fs::copy_options::copy_symlinks, failed);
    if (failed)
        return makeError(Errc::Io,
                         fmt::format("{} cannot be copied: {}", displayText(path), failed.message()),
                         "only folders, files and links can be tried");
    GREFFE_TRY_ASSIGN(const UniqueFd directory, openDirectory(claimed.string()));
    std::map<std::string, std::string> none;
    Admission admission(settings, services.ids, services.clock, services.spool, services.reader, none);
    return admission.admit(directory.get(), std::move(source), true);
}

}  // namespace greffe
