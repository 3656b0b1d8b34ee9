import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Millis, OperatorError } from '../../../std/index.ts'
import { type CertificatePaths, expiriesOf, readCertificateFiles } from '../../../tls/index.ts'
import { endpointAddresses } from '../../config/listening.ts'
import { type Finding, fault, ok, warn } from '../finding.ts'
import type { Subject } from '../subject.ts'

const dayMillis = 86_400_000
const noticeMillis = 14 * dayMillis

/** Checks the certificates for HTTPS and of the external key store proxy. */
export async function checkCertificates(subject: Subject): Promise<readonly Finding[]> {
  const { config, now } = subject
  const ofProxy = config.xksProxy?.tls?.certificatePaths
  return [...(await judgeServer(subject)), ...(ofProxy === undefined ? [] : [await judgeFiles(ofProxy, now)])]
}

async function judgeServer(subject: Subject): Promise<readonly Finding[]> {
  const { config, now } = subject
  const { tls, vpcs, certificatePaths } = config
  if (tls === undefined && endpointAddresses(vpcs).length === 0) return [ok('HTTPS is off.')]
  if (certificatePaths !== undefined) return [await judgeFiles(certificatePaths, now)]
  const networks = vpcs.map(({ vpcId }) => `-${vpcId}`)
  const findings = [...(tls === undefined ? [] : ['']), ...networks].map(owner => judgeOwn(subject, owner))
  const problems = findings.filter(({ level }) => level !== 'ok')
  return problems.length > 0 ? problems : findings.slice(0, 1)
}

async function judgeFiles(paths: CertificatePaths, now: Millis): Promise<Finding> {
  try {
    const chain = await readCertificateFiles(paths, now)
    return judgeExpiry(Math.min(...expiriesOf(chain)), now, paths.certificate)
  } catch (error) {
    if (!(error instanceof OperatorError)) throw error
    return fault(error.message, 'Renew the certificate; a running server takes new files by itself.')
  }
}

/** Judges the certificates in `path`, of which the first to expire does so at `notAfter`. */
export function judgeExpiry(notAfter: Millis, now: Millis, path: string): Finding {
  const days = Math.floor((notAfter - now) / dayMillis)
  const at = new Date(notAfter).toISOString()
  const remedy = 'Renew it; a running server takes new files by itself.'
  if (notAfter < now) return fault(`A certificate in ${path} expired at ${at}.`, remedy)
  return notAfter - now < noticeMillis
    ? warn(`A certificate in ${path} expires in ${days} days, at ${at}.`, remedy)
    : ok(`The certificates in ${path} are valid for ${days} days.`)
}

/**
 * A running server renews the certificates of its own CAs, and a start makes new ones if they have expired. `owner` is in the names of
 * the files of a network, and empty for the public listener.
 */
function judgeOwn({ directory, isRunning, now }: Subject, owner: string): Finding {
  const path = join(directory.tls, `server${owner}.pem`)
  if (!isRunning || !existsSync(path)) return ok('The server issues its certificate itself.')
  const [notAfter] = expiriesOf({ chain: readFileSync(path, 'utf8') })
  if (notAfter !== undefined && notAfter > now)
    return judgeOwnRoot(join(directory.tls, `ca${owner}.pem`), now)
  return fault(
    notAfter === undefined ? `${path} has no certificate.` : `The certificate in ${path} has expired.`,
    'Start the server again: it issues a new one. See its log for the reason.',
  )
}

function judgeOwnRoot(path: string, now: Millis): Finding {
  const [notAfter] = existsSync(path) ? expiriesOf({ chain: readFileSync(path, 'utf8') }) : []
  if (notAfter === undefined)
    return fault(`${path}, which clients trust, is missing.`, 'Start the server again: it writes the file.')
  return notAfter - now < noticeMillis
    ? warn(
        `The CA that clients trust expires at ${new Date(notAfter).toISOString()}.`,
        `A start makes a new one before that. Give the new ${path} to the clients.`,
      )
    : ok('The certificate of the own CA is valid.')
}
