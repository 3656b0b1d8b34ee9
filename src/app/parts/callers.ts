import {
  authenticateInsecurely,
  type InsecureAuthenticationOptions,
  SignatureVerifier,
  type WireRequest,
} from '../../http/index.ts'
import {
  AccessKeyLedger,
  AuthorizationMessages,
  Identities,
  RoleLedger,
  Sessions,
  SessionTokens,
} from '../../identity/index.ts'
import type { Caller, Service } from '../../operation/index.ts'
import { andThen, type CacheUse, type Clock, type Eventual, systemClock } from '../../std/index.ts'
import type { Base } from './base.ts'
import { sealingOf } from './sealing.ts'
import type { State } from './state.ts'

type Authenticate = (request: WireRequest, service: Service) => Eventual<Caller>

/** The parts that identify callers. */
export interface Callers {
  readonly sessionTokens: SessionTokens
  readonly sessions: Sessions
  readonly authorizationMessages: AuthorizationMessages
  readonly accessKeys: AccessKeyLedger
  readonly roleUses: RoleLedger
  readonly authenticate: Authenticate
  /** The use of the caches of callers, by their names. */
  readonly caches: Readonly<Record<string, CacheUse>>
  /** Judges the heads of requests; undefined if unsigned requests are accepted. */
  readonly heads: SignatureVerifier | undefined
}

/** Opens the identities and sessions, and chooses how requests are authenticated. */
export function openCallers(base: Base, { store, hsm, accountId }: State): Callers {
  const { clock, cleanup } = base
  const identities = new Identities({ store, unwrapSecret: (id, wrapped) => hsm.unwrapSecret(id, wrapped) })
  cleanup.add(() => identities.close())
  const sealing = sealingOf(hsm)
  const sessionTokens = new SessionTokens(sealing)
  const sessions = new Sessions(store, sessionTokens)
  cleanup.add(() => sessions.close())
  const ledgers = { accessKeys: new AccessKeyLedger(store), roleUses: new RoleLedger(store) }
  const { authenticate, heads } = chooseAuthentication(base, accountId, { identities, sessions })
  const authorizationMessages = new AuthorizationMessages(sealing)
  return {
    sessionTokens,
    sessions,
    authorizationMessages,
    ...ledgers,
    authenticate: notingLastUse(authenticate, ledgers, clock),
    heads,
    caches: { access_keys: identities.cacheUse, sessions: sessions.cacheUse },
  }
}

function chooseAuthentication(
  { config, clock }: Base,
  defaultAccountId: string,
  known: { readonly identities: Identities; readonly sessions: Sessions },
): Pick<Callers, 'authenticate' | 'heads'> {
  const { regions } = config
  const signatureClock = config.testClock === 'exceptSignatures' ? systemClock : undefined
  const verifier = new SignatureVerifier({ ...known, clock, signatureClock, regions })
  if (!config.insecureNoAuth)
    return { authenticate: (request, service) => verifier.verify(request, service), heads: verifier }
  const options: InsecureAuthenticationOptions = { verifier, defaultAccountId, regions }
  return {
    authenticate: (request, service) => authenticateInsecurely(request, service, options),
    heads: undefined,
  }
}

/** Returns the same authentication, which also notes when each access key and each role was last used. */
function notingLastUse(
  authenticate: Authenticate,
  { accessKeys, roleUses }: Pick<Callers, 'accessKeys' | 'roleUses'>,
  clock: Clock,
): Authenticate {
  return (request, service) =>
    andThen(authenticate(request, service), caller => {
      const { accessKeyId, scope, identity } = caller
      const use = { at: clock.now(), service: service.name, region: scope.region }
      // The access keys of sessions are not stored, so they have no last use; their roles do.
      if (accessKeyId !== undefined && identity.session === undefined) accessKeys.note(accessKeyId, use)
      else roleUses.note(identity, use)
      return caller
    })
}
