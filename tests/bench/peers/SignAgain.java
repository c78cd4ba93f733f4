// SPDX-License-Identifier: Apache-2.0
// PDFBox and iText 5 as peers of a bench: sign one file in memory again and again, warm, and print how many a second.
//
//   java SignAgain pdfbox|itext FILE.pdf KEY.p12 PASSPHRASE SECONDS

import com.itextpdf.text.pdf.PdfReader;
import com.itextpdf.text.pdf.PdfStamper;
import com.itextpdf.text.pdf.security.BouncyCastleDigest;
import com.itextpdf.text.pdf.security.MakeSignature;
import com.itextpdf.text.pdf.security.PrivateKeySignature;
import java.io.ByteArrayOutputStream;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.Security;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.Calendar;
import org.apache.pdfbox.pdmodel.PDDocument;
import org.apache.pdfbox.pdmodel.interactive.digitalsignature.PDSignature;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.cms.CMSObjectIdentifiers;
import org.bouncycastle.cert.jcajce.JcaCertStore;
import org.bouncycastle.cms.CMSSignedDataGenerator;
import org.bouncycastle.cms.CMSTypedData;
import org.bouncycastle.cms.jcajce.JcaSignerInfoGeneratorBuilder;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.operator.jcajce.JcaDigestCalculatorProviderBuilder;

public final class SignAgain {
    private final byte[] document;
    private final PrivateKey key;
    private final Certificate[] chain;

    private SignAgain(byte[] document, PrivateKey key, Certificate[] chain) {
        this.document = document;
        this.key = key;
        this.chain = chain;
    }

    private static final class Streamed implements CMSTypedData {
        private final InputStream content;

        Streamed(InputStream content) {
            this.content = content;
        }

        @Override
        public ASN1ObjectIdentifier getContentType() {
            return CMSObjectIdentifiers.data;
        }

        @Override
        public Object getContent() {
            return content;
        }

        @Override
        public void write(OutputStream out) throws IOException {
            content.transferTo(out);
        }
    }

    private byte[] cmsOf(InputStream content) throws IOException {
        try {
            CMSSignedDataGenerator generator = new CMSSignedDataGenerator();
            generator.addSignerInfoGenerator(
                    new JcaSignerInfoGeneratorBuilder(new JcaDigestCalculatorProviderBuilder().build())
                            .build(new JcaContentSignerBuilder("SHA256withRSA").build(key), (X509Certificate) chain[0]));
            generator.addCertificates(new JcaCertStore(Arrays.asList(chain)));
            return generator.generate(new Streamed(content), false).getEncoded();
        } catch (Exception e) {
            throw new IOException(e);
        }
    }

    private int withPdfBox() throws Exception {
        try (PDDocument pdf = PDDocument.load(document)) {
            PDSignature signature = new PDSignature();
            signature.setFilter(PDSignature.FILTER_ADOBE_PPKLITE);
            signature.setSubFilter(PDSignature.SUBFILTER_ETSI_CADES_DETACHED);
            signature.setSignDate(Calendar.getInstance());
            pdf.addSignature(signature, this::cmsOf);
            ByteArrayOutputStream out = new ByteArrayOutputStream(document.length + 65536);
            pdf.saveIncremental(out);
            return out.size();
        }
    }

    private int withItext() throws Exception {
        PdfReader reader = new PdfReader(document);
        ByteArrayOutputStream out = new ByteArrayOutputStream(document.length + 65536);
        PdfStamper stamper = PdfStamper.createSignature(reader, out, '\0', null, true);
        MakeSignature.signDetached(stamper.getSignatureAppearance(), new BouncyCastleDigest(),
                new PrivateKeySignature(key, "SHA-256", null), chain, null, null, null, 0,
                MakeSignature.CryptoStandard.CADES);
        return out.size();
    }

    private int sign(String how) throws Exception {
        return how.equals("pdfbox") ? withPdfBox() : withItext();
    }

    public static void main(String[] arguments) throws Exception {
        Security.addProvider(new BouncyCastleProvider());
        KeyStore store = KeyStore.getInstance("PKCS12");
        char[] passphrase = arguments[3].toCharArray();
        try (FileInputStream file = new FileInputStream(arguments[2])) {
            store.load(file, passphrase);
        }
        String alias = store.aliases().nextElement();
        SignAgain signer = new SignAgain(Files.readAllBytes(Path.of(arguments[1])),
                (PrivateKey) store.getKey(alias, passphrase), store.getCertificateChain(alias));
        double seconds = Double.parseDouble(arguments[4]);
        long warm = System.nanoTime();
        do {
            if (signer.sign(arguments[0]) <= signer.document.length) {
                throw new IllegalStateException("nothing was added");
            }
        } while (System.nanoTime() - warm < seconds * 5e8);
        long begin = System.nanoTime();
        long count = 0;
        do {
            signer.sign(arguments[0]);
            ++count;
        } while (System.nanoTime() - begin < seconds * 1e9);
        System.out.println(count / ((System.nanoTime() - begin) / 1e9));
    }
}
