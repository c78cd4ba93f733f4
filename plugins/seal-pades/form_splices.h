// SPDX-License-Identifier: Apache-2.0
// The splices that make an appended signature field part of the document: /AcroForm (/Fields, /SigFlags), a
// page's /Annots, the catalog's /Perms. They touch nothing else, wherever those dictionaries and arrays
// stand: inside the catalog, as objects of their own, or in object streams.
#pragma once

#include "pdf/increment.h"
#include "pdf/splice.h"

#include <map>

namespace greffe::seal_pades {

class FormSplices {
public:
    explicit FormSplices(pdf::Document& document) : document_(document) {}

    pdf::Check addField(pdf::Reference field);
    pdf::Check addAnnotation(const pdf::Object& page, pdf::Reference annotation);
    pdf::Check setCertification(pdf::Reference signature);

    // Appends every changed object to the plan, by object number.
    pdf::Check addTo(pdf::IncrementPlan& plan) const;

private:
    // A value together with the object that has to be written when it changes.
    struct Located {
        const pdf::Object* owner = nullptr;
        pdf::Value value;
    };
    pdf::Expected<Located> locate(const Located& parent, std::string_view key);
    pdf::Splice& spliceOf(const pdf::Object& object);

    pdf::Document& document_;
    std::map<std::uint32_t, pdf::Splice> splices_;
};

}  // namespace greffe::seal_pades
