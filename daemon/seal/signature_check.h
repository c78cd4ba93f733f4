// SPDX-License-Identifier: Apache-2.0
// Verifies signature values of one public key over SHA-256 digests. The context is prepared once: preparing
// it costs as much as an RSA verification.
//
// Not thread-safe.
#pragma once

#include "base/result.h"
#include "base/sha256.h"

#include <greffe/capability/digest_signer.h>
#include <greffe/sdk/openssl.h>

#include <openssl/evp.h>

#include <string_view>

namespace greffe {

class SignatureCheck {
public:
    // Keeps its own reference to the key. Errc::Invalid when key and scheme do not go together.
    static Result<SignatureCheck> create(EVP_PKEY* publicKey, SignatureScheme scheme);

    bool verify(const Digest& digest, std::string_view signature);

private:
    using Context = sdk::OpenSsl<EVP_PKEY_CTX, EVP_PKEY_CTX_free>;
    explicit SignatureCheck(Context context) : context_(std::move(context)) {}

    Context context_;
};

}  // namespace greffe
