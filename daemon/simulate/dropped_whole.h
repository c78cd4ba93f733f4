// SPDX-License-Identifier: Apache-2.0
// A folder or an archive that becomes one dossier of several documents: only a drop folder takes such
// (folders_as_dossiers, archives_as_dossiers), so it is admitted as the intake would, by the same rules.
#pragma once

#include "app/intake_thread.h"
#include "config/plan.h"
#include "intake/admission.h"

#include <string>

namespace greffe {

// The intake of this pipeline that takes what lies at `path` as one dossier of several documents. Null for
// what is a document by itself, as an archive is where no intake takes it apart. Unsupported: a folder that
// no intake of the pipeline takes.
Result<const IntakePlan*> intakeOfWhole(const Plan& plan, const std::string& pipeline,
                                        const std::string& path);

// What an admission works with; borrowed.
struct AdmissionServices {
    UlidSource& ids;
    const Clock& clock;
    BlobSpool& spool;
    StoreReader& reader;
};

// Copies what lies at `path` below `scratch`, as a claim takes it out of everybody's reach, and admits it.
// What the intake refuses is a rejected dossier, and no Error.
Result<AdmittedDossier> admitWhole(const FolderSettings& settings, const std::string& path,
                                   const std::string& scratch, AdmissionServices services);

}  // namespace greffe
