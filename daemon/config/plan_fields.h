// SPDX-License-Identifier: Apache-2.0
// The fields of every part of a plan, listed once and walked by both the writer and the reader: a field that
// one of them forgot cannot exist.
//
// An archive has: void field(const char* key, T& value) for every type below, and part(key, vector). A flag
// is written only when it is set: a plan of before it existed, which dossiers under way have, stays readable.
#pragma once

#include "config/plan.h"

namespace greffe {

template <class Archive>
void walk(Archive& archive, FunctionReference& it) {
    archive.field("file", it.file);
    archive.field("line", it.line);
    archive.field("path", it.path);
}

template <class Archive>
void walk(Archive& archive, PlanSettings& it) {
    archive.field("spool", it.spool);
    archive.field("store", it.store);
    archive.field("control_socket", it.controlSocket);
    archive.field("front_address", it.frontAddress);
    archive.field("front_port", it.frontPort);
    archive.field("language", it.language);
    archive.field("support_contact", it.supportContact);
    archive.field("retention_years", it.retentionYears);
    archive.field("max_mebibytes", it.maxMebibytes);
    archive.field("max_dossiers_in_progress", it.maxDossiersInProgress);
    archive.field("min_free_mebibytes", it.minFreeMebibytes);
    archive.field("document_workers", it.documentWorkers);
    archive.optional("key_workers", it.keyWorkers);
    archive.field("lua_workers", it.luaWorkers);
    archive.field("worker_memory_mebibytes", it.workerMemoryMebibytes);
    archive.field("worker_steps", it.workerSteps);
    archive.field("shutdown_seconds", it.shutdownSeconds);
    archive.flag("allow_without_landlock", it.mayRunWithoutLandlock);
}

template <class Archive>
void walk(Archive& archive, IntakePlan& it) {
    archive.field("name", it.name);
    archive.field("kind", it.kind);
    archive.field("pipeline", it.pipeline);
    archive.field("path", it.path);
    archive.field("provider", it.provider);
    archive.field("recursive", it.isRecursive);
    archive.field("accepts", it.accepts);
    archive.field("manifest", it.manifest);
    archive.field("manifest_wait_seconds", it.manifestWaitSeconds);
    archive.field("stable_seconds", it.stableSeconds);
    archive.field("rescan_seconds", it.rescanSeconds);
    archive.field("on_duplicate", it.onDuplicate);
    archive.field("max_mebibytes", it.maxMebibytes);
    archive.field("language", it.language);
    archive.field("ready_marker", it.readyMarker);
    archive.field("archives_as_dossiers", it.hasArchivesAsDossiers);
    archive.field("folders_as_dossiers", it.hasFoldersAsDossiers);
    archive.field("reference_root", it.referenceRoot);
}

template <class Archive>
void walk(Archive& archive, InstancePlan& it) {
    archive.field("role", it.role);
    archive.field("name", it.name);
    archive.field("plugin", it.plugin);
    archive.field("version", it.version);
    archive.field("sandbox", it.sandbox);
    archive.field("capabilities", it.capabilities);
    archive.json("options", it.optionsJson);
    archive.field("secrets", it.secrets);
    archive.json("host_options", it.hostOptionsJson);
}

template <class Archive>
void walk(Archive& archive, TemplatePlan& it) {
    archive.field("name", it.name);
    archive.field("language", it.language);
    archive.field("subject", it.subject);
    archive.field("text", it.text);
    archive.field("html", it.html);
}

template <class Archive>
void walk(Archive& archive, RetryPolicy& it) {
    archive.field("attempts", it.attempts);
    archive.field("first_delay_seconds", it.firstDelaySeconds);
    archive.field("max_delay_seconds", it.maxDelaySeconds);
}

template <class Archive>
void walk(Archive& archive, StepBranch& it);

template <class Archive>
void walk(Archive& archive, StepPlan& it) {
    archive.field("id", it.id);
    archive.field("kind", it.kind);
    archive.field("effect", it.effect);
    archive.json("options", it.optionsJson);
    archive.parts("functions", it.functions);
    archive.field("skipped", it.isSkipped);
    archive.field("on_error", it.onError);
    archive.part("retry", it.retry);
    archive.field("deadline_seconds", it.deadlineSeconds);
    archive.parts("branches", it.branches);
    archive.field("file", it.file);
    archive.field("line", it.line);
}

template <class Archive>
void walk(Archive& archive, StepBranch& it) {
    archive.field("name", it.name);
    archive.parts("steps", it.steps);
}

template <class Archive>
void walk(Archive& archive, SlotPlan& it) {
    archive.field("name", it.name);
    archive.field("mandatory", it.isMandatory);
    archive.field("signed", it.mustBeSigned);
    archive.field("per", it.per);
    archive.field("accepts", it.accepts);
}

template <class Archive>
void walk(Archive& archive, RolePlan& it) {
    archive.field("name", it.name);
    archive.field("many", it.isMany);
    archive.field("optional", it.isOptional);
    archive.field("from", it.from);
}

template <class Archive>
void walk(Archive& archive, PipelinePlan& it) {
    archive.field("name", it.name);
    archive.field("type", it.type);
    archive.field("description", it.description);
    archive.field("language", it.language);
    archive.field("priority", it.priority);
    archive.parts("documents", it.documents);
    archive.parts("parties", it.parties);
    archive.parts("steps", it.steps);
}

template <class Archive>
void walk(Archive& archive, PluginUse& it) {
    archive.field("id", it.id);
    archive.field("version", it.version);
}

template <class Archive>
void walk(Archive& archive, Plan& it) {
    archive.part("settings", it.settings);
    archive.parts("intakes", it.intakes);
    archive.parts("instances", it.instances);
    archive.parts("templates", it.templates);
    archive.parts("pipelines", it.pipelines);
    archive.parts("plugins", it.plugins);
    archive.json("sources", it.sourcesJson);
}

}  // namespace greffe
