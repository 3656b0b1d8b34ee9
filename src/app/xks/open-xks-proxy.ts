import {
  type ConnectionServer,
  Listener,
  loadXksServer,
  TlsAcceptor,
  type XksServer,
} from '../../http/index.ts'
import { SigningSecret } from '../../identity/index.ts'
import { CachedLookup } from '../../keys/index.ts'
import { loadXksProxy, type XksProxy } from '../../services/index.ts'
import { copySecret, OperatorError, readNamedFile, systemClock } from '../../std/index.ts'
import { certificateMetrics } from '../../telemetry/index.ts'
import { CertificateSource, wantedNames } from '../../tls/index.ts'
import {
  isXksSecret,
  secretForm,
  type XksCredentialSetting,
  type XksProxySettings,
  type XksProxyTls,
} from '../config/xks-proxy-settings.ts'
import type { LogParts } from '../parts/audit.ts'
import type { Base } from '../parts/base.ts'
import type { DataDirectory } from '../parts/data-directory.ts'
import { acceptorFor } from '../parts/listeners/listeners.ts'
import type { OpenServer } from '../parts/seal/open-server.ts'
import { version } from '../version.ts'
import { appendProxyRecord } from './proxy-records.ts'

const graceMillis = 5000
/** The setting that a line in the log is about. */
const ofProxy = { setting: 'xksProxy.tls' }

/** The external key store proxy of a running server. */
export interface RunningXksProxy {
  readonly url: string
  /** Works with the open side from now on. */
  openWith(opened: OpenServer): void
}

/**
 * Opens the external key store proxy with its listener. Until the server is open, it refuses the use of keys and says that it is
 * unavailable. Throws OperatorError.
 */
export async function openXksProxy(
  base: Base,
  directory: DataDirectory,
  logParts: LogParts,
  settings: XksProxySettings,
): Promise<RunningXksProxy> {
  const { config, clock, log, metrics } = base
  const secrets = readSecrets(base, settings)
  const proxy = await makeProxy(base, logParts, settings)
  let isOpen = false
  const server = new (await loadXksServer())({
    limits: config.httpLimits,
    uriPath: settings.uriPath,
    secrets,
    clock: config.testClock === 'exceptSignatures' ? systemClock : clock,
    perform: request => proxy.perform(request),
    refuse: (request, refusal) => proxy.refuse(request, refusal),
    readiness: () => (logParts.late.recorder?.isFailing !== false ? 'unavailable' : isOpen ? 'ok' : 'sealed'),
  })
  metrics?.add(() => [...server.metrics(), ...proxy.metrics()])
  const behind = settings.tls && (await openTls(base, directory, settings.tls, server))
  const listener = await listen(base, settings, behind ?? server, server)
  // Handshakes are cut first: the listener waits for its connections, and a client can hold a handshake for seconds.
  if (behind !== undefined) base.cleanup.add(() => behind.close())
  const url = `${behind === undefined ? 'http' : 'https'}://${listener.authority}${settings.uriPath}`
  log.info({ xksProxyUrl: url }, 'the external key store proxy is up')
  return {
    url,
    openWith(opened) {
      isOpen = true
      openWith(base, proxy, opened)
    },
  }
}

async function makeProxy(
  { config, clock, log }: Base,
  { late }: LogParts,
  settings: XksProxySettings,
): Promise<XksProxy> {
  const ProxyClass = await loadXksProxy()
  return new ProxyClass({
    keys: settings.keys,
    version: version(),
    clock,
    recordFailure: () => (late.recorder === undefined ? 'the audit log is not open' : late.recorder.failure),
    async record(record) {
      if (late.recorder === undefined) throw new Error('the audit log is not open')
      const { accountId } = late
      await appendProxyRecord(late.recorder, record, { region: config.regions[0] ?? '', accountId })
    },
    onFault: (cause, requestId) =>
      log.error(
        { err: cause, requestId },
        'a request to the external key store proxy failed with an internal error',
      ),
  })
}

function openWith(
  { clock, log }: Base,
  proxy: XksProxy,
  { state: { store, hsm, accountId }, keyUsages }: OpenServer,
): void {
  const keys = new CachedLookup(store, hsm)
  const checked = proxy.openWith({ keys, hsm, keyUsages, clock, accountId })
  checked.then(
    unusable => {
      if (unusable.length > 0)
        log.warn(
          { externalKeyIds: unusable },
          'the external key store proxy has keys that do not exist or are not symmetric keys of this server',
        )
    },
    error => log.error({ err: error }, 'the keys of the external key store proxy cannot be read'),
  )
}

async function openTls(
  { log, cleanup, metrics }: Base,
  directory: DataDirectory,
  { certificatePaths: files, clientCa, clientName }: XksProxyTls,
  http: XksServer,
): Promise<TlsAcceptor> {
  const certificates = await CertificateSource.open({
    ...{ files, directory: directory.tls, names: wantedNames('', [], '') },
    clock: systemClock,
    // The certificate of HTTPS has the same messages.
    log: { info: message => log.info(ofProxy, message), warn: message => log.warn(ofProxy, message) },
  })
  metrics?.add(() => certificateMetrics('xksProxy', () => [certificates.current], systemClock))
  cleanup.add(() => certificates.close())
  const acceptor = new TlsAcceptor({
    certificate: certificates.current,
    // AWS KMS does not say that it has hybrid groups, and a client chooses.
    groups: 'hybrid',
    clientCertificates: clientCa === undefined ? undefined : { ca: clientCa, name: clientName },
    http,
    onFailure: (reason, { remoteAddress }) =>
      log.info({ reason, remoteAddress }, 'a TLS handshake with the external key store proxy failed'),
  })
  certificates.onChange(certificate => acceptor.useCertificate(certificate))
  return acceptor
}

async function listen(
  base: Base,
  { host, port }: XksProxySettings,
  behind: ConnectionServer,
  server: XksServer,
): Promise<Listener> {
  const listener = await Listener.listen({
    ...{ host, port },
    setting: 'xksProxy.port',
    accept: acceptorFor(behind, base),
  })
  base.cleanup.add(async () => {
    const closed = listener.close()
    await server.close(graceMillis)
    await closed
  })
  return listener
}

/** Reads the secrets of the credentials. They are wiped when the server closes. Throws OperatorError. */
function readSecrets(
  { cleanup }: Base,
  { credentials }: XksProxySettings,
): ReadonlyMap<string, SigningSecret> {
  const secrets = new Map(
    credentials.map(credential => [
      credential.accessKeyId,
      new SigningSecret(copySecret(Buffer.from(secretOf(credential)))),
    ]),
  )
  cleanup.add(() => {
    for (const secret of secrets.values()) secret.wipe()
  })
  return secrets
}

function secretOf({ accessKeyId, secret }: XksCredentialSetting): string {
  if ('text' in secret) return secret.text
  const text = readNamedFile(secret.path, 'secretFile').trim()
  if (isXksSecret(text)) return text
  throw new OperatorError(`The secret of the credential ${accessKeyId} in ${secret.path} ${secretForm}.`)
}
