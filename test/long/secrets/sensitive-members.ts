import { hiddenPlaces } from '../../conformance/output-exceptions.ts'
import {
  iamSdkOperations,
  placesOf,
  type SdkOperation,
  type SdkShape,
  sdkOperations,
  stsSdkOperations,
} from '../../conformance/sdk-schemas.ts'

// The members of requests and answers whose values no output may have: all that AWS's SDK marks as sensitive, and what
// SECURITY.md promises besides: ciphertexts, signatures and tokens.

/** The names of members, of requests and of answers. */
export interface SensitiveMembers {
  readonly requests: ReadonlySet<string>
  readonly answers: ReadonlySet<string>
}

/** Members that share a type or a kind with secrets. Everybody may know them. */
const publicMembers = ['PublicKey', 'AttestationDocument', 'AccessKeyId']
/** AWS's models do not mark these. */
const tokens = [...hiddenPlaces, 'SessionToken']

const all: readonly { readonly operations: ReadonlyMap<string, SdkOperation>; readonly blobs: boolean }[] = [
  { operations: sdkOperations, blobs: true },
  // The blobs of IAM are public, unless they are marked: reports and documents.
  { operations: iamSdkOperations, blobs: false },
  { operations: stsSdkOperations, blobs: false },
]

/** The members of all operations. */
export const sensitiveMembers: SensitiveMembers = {
  requests: namesOf(({ input }) => input),
  answers: namesOf(({ output }) => output),
}

function namesOf(part: (operation: SdkOperation) => SdkShape): ReadonlySet<string> {
  const names = new Set<string>()
  for (const { operations, blobs } of all)
    for (const operation of operations.values())
      for (const { path, shape } of placesOf(part(operation))) {
        const name = path.findLast(step => step !== '[]') ?? ''
        const isSecret = shape.isSensitive || tokens.includes(name) || (blobs && shape.kind === 'blob')
        if (isSecret && !publicMembers.includes(name)) names.add(name)
      }
  return names
}
