import { type KmsKey, keyArn } from '../../domain/index.ts'
import { type Clock, type Metric, reading } from '../../std/index.ts'
import type { NextExpiry, Store } from '../../store/index.ts'
import { expiriesOf, type ServerCertificate } from '../../tls/index.ts'
import { remembered } from './remembered.ts'

const dayMillis = 86_400_000
/** How long the expiries of key materials are remembered: their figures are days. */
const freshMillis = 10_000
/** A key that does not verify is left out and must not hide the next, so more than one is read. */
const keysRead = 10
const keysNamed = 500

/** Returns the metrics of key material that expires. The metric by key is there only if metrics may name keys. */
export function materialMetrics(store: Store, clock: Clock, namesKeys: boolean): Metric[] {
  const read = remembered(freshMillis, () =>
    store.reader.keys.listNextExpiries(clock.now(), namesKeys ? keysNamed : keysRead),
  )
  const daysTo = ({ expiresAt }: NextExpiry) => (expiresAt - clock.now()) / dayMillis
  const next = reading(
    'gauge',
    'keyward_imported_material_expiry_days',
    'Days until the next imported key material of any key expires; absent if none does.',
    async () => {
      const [first] = await read()
      return first && daysTo(first)
    },
  )
  if (!namesKeys) return [next]
  const ofKeys = reading(
    'gauge',
    'keyward_key_material_expiry_days',
    `Days until imported key material of a key expires, for the ${keysNamed} keys that are next.`,
    async () => (await read()).map(found => ({ labels: { key: arnOf(found.key) }, value: daysTo(found) })),
  )
  return [next, ofKeys]
}

/** The names and the purposes of the certificates that the server shows. */
const certificateNames = {
  https: ['keyward_certificate_expiry_days', 'HTTPS'],
  vpcEndpoints: ['keyward_vpc_endpoint_certificate_expiry_days', 'private endpoints'],
  xksProxy: ['keyward_xks_proxy_own_certificate_expiry_days', 'the external key store proxy'],
} as const

/** Returns the metrics of the certificates that the listeners of a kind show. */
export function certificateMetrics(
  listener: keyof typeof certificateNames,
  current: () => readonly ServerCertificate[],
  clock: Clock,
): Metric[] {
  const [name, owner] = certificateNames[listener]
  return [
    reading(
      'gauge',
      name,
      `Days until the certificate of ${owner} expires, and until the first of the certificates of its issuers does.`,
      () => {
        const all = current().map(expiriesOf)
        const servers = all.flatMap(([server]) => server ?? [])
        const issuers = all.flatMap(([, ...ofIssuers]) => ofIssuers)
        return Object.entries({ server: servers, issuer: issuers }).flatMap(([certificate, times]) =>
          times.length === 0
            ? []
            : [{ labels: { certificate }, value: (Math.min(...times) - clock.now()) / dayMillis }],
        )
      },
    ),
  ]
}

const arnOf = ({ accountId, region, keyId }: KmsKey) => keyArn({ accountId, region }, keyId)
