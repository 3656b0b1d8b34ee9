import { type Identity, userArn } from '../../../domain/index.ts'
import { SignatureVerifier, type WireRequest } from '../../../http/index.ts'
import { Credentials } from '../../../identity/index.ts'
import type { Caller, Service } from '../../../operation/index.ts'
import { sealed } from '../../../pipeline/index.ts'
import { cloudtrail } from '../../../services/index.ts'
import { type Eventual, readFileIfAny, type SigningCredentials, systemClock } from '../../../std/index.ts'
import type { UnverifiedAccessKeyReader } from '../../../store/index.ts'
import { readCredentialsOf } from '../../config/credentials-file.ts'
import type { Base } from '../base.ts'
import type { DataDirectory } from '../data-directory.ts'
import { AuditReaders, auditReaderOf } from './audit-credentials.ts'

/**
 * Returns the authentication of a sealed server, which knows two kinds of access keys: that of the administrator, while its
 * credentials file is in the data directory, and those of `audit-credentials`. The secrets of all others are encrypted.
 */
export function sealedAuthentication(
  { config, clock }: Base,
  directory: DataDirectory,
  accessKeys: UnverifiedAccessKeyReader,
): (request: WireRequest, service: Service) => Eventual<Caller> {
  const auditReaders = new AuditReaders(directory)
  const find = async (accessKeyId: string) => {
    const administrator = await findAdministrator(directory, accessKeys, accessKeyId)
    const found = administrator ?? findAuditReader(auditReaders, accessKeyId)
    if (found === undefined) throw sealed(cloudtrail)
    return found
  }
  const verifier = new SignatureVerifier({
    identities: { findCached: () => undefined, find },
    sessions: { findCached: () => undefined, find: async () => undefined },
    clock,
    signatureClock: config.testClock === 'exceptSignatures' ? systemClock : undefined,
    regions: config.regions,
  })
  return (request, service) => verifier.verify(request, service)
}

/**
 * The row of the access key cannot be verified yet. A thief who can change it can read the audit log without the server,
 * and the key is good for nothing else while the server is sealed.
 */
async function findAdministrator(
  directory: DataDirectory,
  accessKeys: UnverifiedAccessKeyReader,
  accessKeyId: string,
): Promise<Credentials | undefined> {
  const known = readCredentialsOf(readFileIfAny(directory.credentials) ?? '', 'default')
  if (known?.accessKeyId !== accessKeyId) return undefined
  const row = await accessKeys.findUnverified(accessKeyId)
  if (row === undefined || !row.isActive || row.userName === undefined) return undefined
  const { accountId, userName, userId } = row
  const principal = {
    ...({ type: 'IAMUser', accountId, userName } as const),
    arn: userArn(accountId, userName),
    principalId: userId ?? accessKeyId,
  }
  return toCredentials(known, accountId, principal)
}

function findAuditReader(readers: AuditReaders, accessKeyId: string): Credentials | undefined {
  const found = readers.find(accessKeyId)
  return found && toCredentials(found.credentials, found.accountId, auditReaderOf(found.accountId))
}

function toCredentials(
  { accessKeyId, secret }: SigningCredentials,
  accountId: string,
  principal: Identity['principal'],
): Credentials {
  // A federated user has the rights that its session policies allow, too (IAM user guide, "Policies and permissions").
  const sessionPolicies =
    principal.type === 'FederatedUser' ? [{ ...mayLookUp, isManaged: false }] : undefined
  const identity: Identity = {
    ...{ principal, policies: [mayLookUp], boundary: undefined, sessionPolicies },
    ...{ tags: [], session: undefined },
  }
  const facts = { accessKeyId, accountId, sessionTokenDigest: undefined, expiresAt: undefined }
  return new Credentials(facts, Buffer.from(secret), identity)
}

/** The policy of these callers. The server is sealed for all other operations. */
const mayLookUp = {
  name: 'LookUpWhileSealed',
  document: JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: 'cloudtrail:LookupEvents', Resource: '*' }],
  }),
}
