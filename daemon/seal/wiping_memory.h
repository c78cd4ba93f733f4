// SPDX-License-Identifier: Apache-2.0
// Makes OpenSSL overwrite every block of memory that it gives back.
//
// Its readers of private keys (PEM, PKCS#8, PKCS#12 in 3.0.22) free the decoded key as it stands; a core dump
// or a swap file would show it long after the plugin let go. The keys worker calls this first; other workers
// have no need.
#pragma once

namespace greffe {

// False when OpenSSL has allocated memory in this process before: then nothing changes, and a keys worker
// must not load keys. Call once, before threads exist.
bool wipeFreedOpenSslMemory();

}  // namespace greffe
