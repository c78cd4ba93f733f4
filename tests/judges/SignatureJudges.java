// SPDX-License-Identifier: Apache-2.0
// What iText 5 and PDFBox say of the signatures in PDF files: two readers that share nothing with ours.
//
//   java SignatureJudges FILE…
//
// One line a signature: file, judge, field, "valid" or why not, "whole" or "part" (what the signature covers). One
// line a file that a judge cannot read: file, judge, "-", why, "-". Columns are separated by tabs. Trust is no
// matter here: a signature is valid when its bytes are those that were signed and the key of its certificate signed
// them.

import com.itextpdf.text.pdf.AcroFields;
import com.itextpdf.text.pdf.PdfReader;
import java.io.File;
import java.nio.file.Files;
import java.security.MessageDigest;
import java.security.Security;
import java.util.Collection;
import java.util.Iterator;
import org.apache.pdfbox.pdmodel.PDDocument;
import org.apache.pdfbox.pdmodel.interactive.digitalsignature.PDSignature;
import org.apache.pdfbox.pdmodel.interactive.form.PDSignatureField;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cms.CMSProcessableByteArray;
import org.bouncycastle.cms.CMSSignedData;
import org.bouncycastle.cms.SignerInformation;
import org.bouncycastle.cms.jcajce.JcaSimpleSignerInfoVerifierBuilder;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.tsp.TimeStampToken;
import org.bouncycastle.tsp.TimeStampTokenInfo;

public final class SignatureJudges {
    private static void say(String file, String judge, String field, String verdict, String coverage) {
        System.out.println(String.join("\t", file, judge, field, verdict.replaceAll("\\s+", " "), coverage));
    }

    private static String textOf(Throwable thrown) {
        return thrown.getClass().getSimpleName() + ": " + thrown.getMessage();
    }

    private static void askItext(String file) {
        try {
            PdfReader reader = new PdfReader(file);
            AcroFields fields = reader.getAcroFields();
            for (String name : fields.getSignatureNames()) {
                try {
                    boolean isValid = fields.verifySignature(name).verify();
                    say(file, "itext", name, isValid ? "valid" : "broken",
                            fields.signatureCoversWholeDocument(name) ? "whole" : "part");
                } catch (Throwable thrown) {
                    say(file, "itext", name, textOf(thrown), "part");
                }
            }
            reader.close();
        } catch (Throwable thrown) {
            say(file, "itext", "-", textOf(thrown), "-");
        }
    }

    private static boolean isCmsValid(CMSSignedData cms) throws Exception {
        boolean isValid = !cms.getSignerInfos().getSigners().isEmpty();
        for (SignerInformation signer : cms.getSignerInfos().getSigners()) {
            @SuppressWarnings("unchecked")
            Collection<X509CertificateHolder> found = cms.getCertificates().getMatches(signer.getSID());
            Iterator<X509CertificateHolder> first = found.iterator();
            // By the key alone: whether the certificate was valid at that time is another question.
            isValid &= first.hasNext() && signer.verify(new JcaSimpleSignerInfoVerifierBuilder().build(
                    new JcaX509CertificateConverter().getCertificate(first.next()).getPublicKey()));
        }
        return isValid;
    }

    // A document time-stamp signs a statement about the bytes (RFC 3161) instead of the bytes.
    private static boolean isStampOf(CMSSignedData cms, byte[] signed) throws Exception {
        TimeStampTokenInfo stamp = new TimeStampToken(cms).getTimeStampInfo();
        String algorithm = stamp.getMessageImprintAlgOID().getId();
        return MessageDigest.isEqual(stamp.getMessageImprintDigest(),
                MessageDigest.getInstance(algorithm, "BC").digest(signed));
    }

    private static void askPdfBox(String file) {
        try (PDDocument document = PDDocument.load(new File(file))) {
            byte[] bytes = Files.readAllBytes(new File(file).toPath());
            for (PDSignatureField field : document.getSignatureFields()) {
                PDSignature signature = field.getSignature();
                if (signature == null) {
                    continue;
                }
                int[] range = signature.getByteRange();
                String coverage = range[0] == 0 && range[2] + range[3] == bytes.length ? "whole" : "part";
                try {
                    byte[] contents = signature.getContents(bytes);
                    byte[] signed = signature.getSignedContent(bytes);
                    boolean isStamp = signature.getSubFilter().equals("ETSI.RFC3161");
                    CMSSignedData cms = isStamp ? new CMSSignedData(contents)
                                                : new CMSSignedData(new CMSProcessableByteArray(signed), contents);
                    boolean isValid = isCmsValid(cms) && (!isStamp || isStampOf(cms, signed));
                    say(file, "pdfbox", field.getFullyQualifiedName(), isValid ? "valid" : "broken", coverage);
                } catch (Throwable thrown) {
                    say(file, "pdfbox", field.getFullyQualifiedName(), textOf(thrown), coverage);
                }
            }
        } catch (Throwable thrown) {
            say(file, "pdfbox", "-", textOf(thrown), "-");
        }
    }

    public static void main(String[] files) {
        Security.addProvider(new BouncyCastleProvider());
        for (String file : files) {
            askItext(file);
            askPdfBox(file);
        }
    }
}
