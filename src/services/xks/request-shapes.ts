import { blob, type Infer, required, string, structure } from '../../std/index.ts'

/** ARNs have up to 2,048 characters (XKS proxy API specification, "API operations"). The other texts of AWS are shorter. */
const text = string({ min: 1, max: 2048 })
/** The limits of the operations are smaller, and have an error of their own. */
const bytes = blob({ max: 64 * 1024 })

/** The facts about the call of AWS KMS that every request of the API has. Members that are not known are ignored. */
export const callMetadata = {
  kmsOperation: required(text),
  kmsRequestId: required(text),
} as const

/** The facts about the caller of AWS KMS. */
export const callerMetadata = {
  ...callMetadata,
  awsPrincipalArn: required(text),
  awsSourceVpc: text,
  awsSourceVpce: text,
  kmsViaService: text,
} as const

/** The facts about a call that uses a KMS key. */
const useMetadata = structure({ ...callerMetadata, kmsKeyArn: required(text) })

/** The members of all requests that use a key. */
const use = {
  requestMetadata: required(useMetadata),
  encryptionAlgorithm: required(text),
  additionalAuthenticatedData: bytes,
} as const

/** The body of GetHealthStatus. */
export const healthRequest = structure({ requestMetadata: required(structure(callMetadata)) })
/** The body of GetKeyMetadata. There is no KMS key yet when one is created. */
export const metadataRequest = structure({
  requestMetadata: required(structure({ ...callerMetadata, kmsKeyArn: text })),
})
/** The body of Encrypt. */
export const encryptRequest = structure({
  ...use,
  plaintext: required(bytes),
  ciphertextDataIntegrityValueAlgorithm: text,
})
/** The body of Decrypt. */
export const decryptRequest = structure({
  ...use,
  ciphertext: required(bytes),
  ciphertextMetadata: bytes,
  initializationVector: required(bytes),
  authenticationTag: required(bytes),
})

/** The facts about a call with a caller. */
export type CallerMetadata = Infer<typeof metadataRequest>['requestMetadata']
