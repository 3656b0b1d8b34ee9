import { Recorder } from '../../../audit/index.ts'
import { globalDomain } from '../../../domain/index.ts'
import { DomainKeys, openHsm, RootKey } from '../../../hsm/index.ts'
import type { Served } from '../../../http/index.ts'
import { equip, type Service } from '../../../operation/index.ts'
import { sealed } from '../../../pipeline/index.ts'
import { cloudtrail, ec2, iam, keyward, kms, sts } from '../../../services/index.ts'
import type { LogParts } from '../audit.ts'
import type { Base } from '../base.ts'
import { openHistory } from '../history.ts'
import { servedBy } from '../listeners/listeners.ts'
import { openPipeline } from '../services.ts'
import type { Front } from './front.ts'
import { sealedAuthentication } from './sealed-callers.ts'
import { SealedStore, sealedPart } from './sealed-store.ts'

/** The operations that a sealed server performs, by service: they need none of its keys. */
const performed: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  [cloudtrail.name, new Set(['LookupEvents'])],
])

/**
 * Returns the parts that answer requests while the server is sealed: the pipeline refuses all calls but look-ups of records,
 * and records each refusal.
 */
export async function openSealed(base: Base, front: Front, log: LogParts): Promise<Served> {
  const { directory, locked, readState } = front
  const { cleanup, metrics } = base
  const audit = await Recorder.open(log.auditLog, noOutbox, readState, log.refusals)
  Object.assign(log.late, { recorder: audit, signer: undefined, accountId: undefined })
  // It has a key of this process alone, for the tokens of pages, and opens nothing in the database.
  const { rootKey } = RootKey.make()
  const hsm = openHsm(rootKey, [DomainKeys.generate(rootKey, globalDomain)])
  rootKey.destroy()
  cleanup.add(() => hsm.close())
  const history = openHistory(log)
  const services: Service[] = [
    equip(kms, sealedPart()),
    equip(iam, sealedPart()),
    equip(sts, sealedPart()),
    equip(cloudtrail, { history, secrets: hsm, destinations: { check }, keyTrial }),
    equip(ec2, sealedPart()),
    equip(keyward, sealedPart()),
  ]
  const pipeline = openPipeline(base, {
    ...{ store: new SealedStore(locked), hsm, audit, throttle: undefined, observer: metrics?.calls },
    keyUsages: sealedPart(),
    authorizationMessages: sealedPart(),
    sessions: sealedPart(),
    attestations: sealedPart(),
    performsSealed: ({ service, operation }) => performed.get(service.name)?.has(operation.name) === true,
  })
  return servedBy(base, {
    ...{ services, pipeline, audit, heads: undefined, testClock: undefined },
    authenticate: sealedAuthentication(base, directory, locked.accessKeys),
    isSealed: true,
  })
}

/** The records of committed changes stay in the database until the server is open. */
const noOutbox = { list: async () => [], delete: async () => undefined }

const check = () => Promise.reject(sealed(cloudtrail))
const keyTrial = () => Promise.reject(sealed(cloudtrail))
