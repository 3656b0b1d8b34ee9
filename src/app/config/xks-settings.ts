import { isIP } from 'node:net'
import { createSecureContext } from 'node:tls'
import type { ProxySettings } from '../../hsm/index.ts'
import { isHostPattern, type Located } from '../../std/index.ts'
import { readAuthorities, readCertificates } from './certificates-file.ts'
import { locateSetting } from './located-setting.ts'

/** The names that the API takes (AWS KMS API reference, "CreateCustomKeyStore"). */
const serviceNamePattern = /^(com|eu)\.amazonaws\.vpce\.([a-z]+-){2,3}\d+\.vpce-svc-[0-9a-z]+$/

/**
 * Reads how external key store proxies are reached, from a YAML file, or from the setting if it is YAML itself. Throws OperatorError.
 */
export function readXksSettings(setting: string | undefined): ProxySettings {
  const at = setting === undefined ? undefined : locateSetting(setting, 'xks')
  const { ca, clientCertificate, clientKey, vpcEndpointServices } =
    at?.members(['ca', 'clientCertificate', 'clientKey', 'vpcEndpointServices']) ?? {}
  if (clientKey !== undefined && clientCertificate === undefined)
    throw clientKey.error('needs a clientCertificate')
  return {
    ca: ca && readAuthorities(ca),
    clientCertificate: clientCertificate && readClient(clientCertificate, clientKey ?? clientCertificate),
    vpcEndpointServices: new Map(
      vpcEndpointServices?.entries().map(([name, upstream]) => [name, readUpstream(name, upstream)]),
    ),
  }
}

function readClient(certificateAt: Located, keyAt: Located): ProxySettings['clientCertificate'] {
  const [certificate, key] = [readCertificates(certificateAt), readCertificates(keyAt)]
  checkUsable(certificateAt, { cert: certificate, key })
  return { certificate, key }
}

function checkUsable(at: Located, files: Parameters<typeof createSecureContext>[0]): void {
  try {
    createSecureContext(files)
  } catch (error) {
    throw at.error(`cannot be used: ${(error as Error).message}`)
  }
}

function readUpstream(name: string, at: Located): { host: string; port: number } {
  if (name.length > 64 || !serviceNamePattern.test(name))
    throw at.error(
      'is not below the name of a VPC endpoint service, such as com.amazonaws.vpce.us-east-1.vpce-svc-0123',
    )
  const [, address, named = address ?? '', digits = ''] =
    /^(?:\[([\da-f:.]+)\]|([^:]+)):(\d{1,5})$/i.exec(at.text()) ?? []
  const port = Number(digits)
  const isHost = address === undefined ? isIP(named) === 4 || isPlainName(named) : isIP(address) === 6
  if (!isHost || port < 1 || port > 65_535) throw at.error('must be HOST:PORT, such as xks.example.com:443')
  return { host: named, port }
}

const isPlainName = (host: string) => isHostPattern(host) && !host.startsWith('*')
