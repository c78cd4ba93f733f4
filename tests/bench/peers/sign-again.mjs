// SPDX-License-Identifier: Apache-2.0
// @signpdf as a peer of a bench: signs one file in memory again and again and prints how many a second.
//
//   node sign-again.mjs FILE.pdf KEY.p12 PASSPHRASE SECONDS
import { readFileSync } from 'node:fs';
import { plainAddPlaceholder } from '@signpdf/placeholder-plain';
import { P12Signer } from '@signpdf/signer-p12';
import { SignPdf } from '@signpdf/signpdf';

const [file, key, passphrase, seconds] = process.argv.slice(2);
const document = readFileSync(file);
const p12 = readFileSync(key);
const signpdf = new SignPdf();

async function sign() {
  const pdfBuffer = plainAddPlaceholder({
    pdfBuffer: document, reason: 'bench', contactInfo: '', name: 'bench', location: '',
  });
  // A signer cannot be used twice: it holds on to what it has read of the key.
  return signpdf.sign(pdfBuffer, new P12Signer(p12, { passphrase }));
}

await sign();
const begin = performance.now();
let count = 0;
do {
  if ((await sign()).length <= document.length) throw new Error('nothing was added');
  ++count;
} while (performance.now() - begin < seconds * 1000);
console.log(count / ((performance.now() - begin) / 1000));
