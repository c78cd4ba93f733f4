// SPDX-License-Identifier: Apache-2.0
#include "simulators/http/form_data.h"

#include <Poco/Net/MessageHeader.h>
#include <Poco/Net/MultipartReader.h>
#include <Poco/Net/NameValueCollection.h>

#include <iterator>
#include <sstream>

namespace greffe::simulators {
namespace {

Result<FormPart> readPart(Poco::Net::MultipartReader& reader) {
    Poco::Net::MessageHeader header;
    reader.nextPart(header);
    FormPart part;
    std::string disposition;
    Poco::Net::NameValueCollection parameters;
    Poco::Net::MessageHeader::splitParameters(header.get("Content-Disposition", ""), disposition, parameters);
    part.name = parameters.get("name", "");
    part.fileName = parameters.get("filename", "");
    part.contentType = header.get("Content-Type", "");
    part.bytes.assign(std::istreambuf_iterator<char>(reader.stream()), {});
    if (disposition != "form-data" || part.name.empty())
        return makeError(Errc::Invalid, "a part has no form-data name");
    return part;
}

}  // namespace

Result<std::vector<FormPart>> readFormData(const std::string& contentType, const std::string& body) {
    std::string type;
    Poco::Net::NameValueCollection parameters;
    Poco::Net::MessageHeader::splitParameters(contentType, type, parameters);
    const std::string boundary = parameters.get("boundary", "");
    if (type != "multipart/form-data" || boundary.empty())
        return makeError(Errc::Invalid, "not multipart/form-data with a boundary");
    if (body.find("--" + boundary + "--") == std::string::npos)
        return makeError(Errc::Invalid, "the final boundary is missing");
    std::vector<FormPart> parts;
    try {
        std::istringstream stream(body);
        Poco::Net::MultipartReader reader(stream, boundary);
        while (reader.hasNextPart()) {
            GREFFE_TRY_ASSIGN(FormPart part, readPart(reader));
            parts.push_back(std::move(part));
        }
    } catch (const Poco::Exception& error) {
        return makeError(Errc::Invalid, "multipart: " + error.displayText());
    }
    return parts;
}

const FormPart* partNamed(const std::vector<FormPart>& parts, const std::string& name) {
    for (const FormPart& part : parts)
        if (part.name == name) return &part;
    return nullptr;
}

}  // namespace greffe::simulators
