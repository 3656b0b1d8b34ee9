import { constants, createCipheriv, type KeyObject, publicEncrypt } from 'node:crypto'
import { der, randomBytes, sha256 } from '../../std/index.ts'

const sequenceTag = 0x30
/** [0], constructed and primitive. */
const content0 = 0xa0
const implicit0 = 0x80

const envelopedData = der.oid('1.2.840.113549.1.7.3')
const data = der.oid('1.2.840.113549.1.7.1')
const aes256Cbc = der.oid('2.16.840.1.101.3.4.1.42')
const hashSha256 = der.sequence(der.oid('2.16.840.1.101.3.4.2.1'), der.nothing())
const mgf1Sha256 = der.sequence(der.oid('1.2.840.113549.1.1.8'), hashSha256)
/** RSAES-OAEP. It names both hashes, since the default of RFC 4055 is SHA-1. */
const oaepSha256 = der.sequence(
  der.oid('1.2.840.113549.1.1.7'),
  der.sequence(der.tagged(0xa0, hashSha256), der.tagged(0xa1, mgf1Sha256)),
)

/**
 * Makes `CiphertextForRecipient`: the plaintext as CMS EnvelopedData (RFC 5652 section 6) that the RSA key's owner
 * can open: AES-256-CBC under a fresh key, which is encrypted with RSAES-OAEP (SHA-256, MGF1 with SHA-256).
 *
 * The layout is AWS KMS's own, octet by octet: the five outer levels have indefinite lengths, and the
 * ciphertext is an OCTET STRING within [0]. Clients depend on it: aws-nitro-enclaves-sdk-c enters the outer
 * levels only if they are of indefinite length, and would step over them in DER.
 */
export function sealForRecipient(publicKey: KeyObject, plaintext: Uint8Array): Buffer {
  const contentKey = randomBytes(32)
  try {
    const iv = randomBytes(16)
    const cipher = createCipheriv('aes-256-cbc', contentKey, iv)
    const ciphertext = Buffer.concat([cipher.update(plaintext), cipher.final()])
    return der.indefinite(
      sequenceTag,
      envelopedData,
      der.indefinite(
        content0,
        der.indefinite(
          sequenceTag,
          der.integer(2),
          der.set(recipientInfo(publicKey, contentKey)),
          der.indefinite(
            sequenceTag,
            data,
            der.sequence(aes256Cbc, der.octets(iv)),
            der.indefinite(content0, der.octets(ciphertext)),
          ),
        ),
      ),
    )
  } finally {
    contentKey.fill(0)
  }
}

/** KeyTransRecipientInfo version 2. The subjectKeyIdentifier is AWS's: the SHA-256 of the SubjectPublicKeyInfo. */
function recipientInfo(publicKey: KeyObject, contentKey: Buffer): Buffer {
  const keyIdentifier = sha256(publicKey.export({ format: 'der', type: 'spki' }))
  const encryptedKey = publicEncrypt(
    { key: publicKey, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' },
    contentKey,
  )
  return der.sequence(
    der.integer(2),
    der.tagged(implicit0, keyIdentifier),
    oaepSha256,
    der.octets(encryptedKey),
  )
}
