import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { ConsoleFiles, consoleListName, type ServedConsole } from '../../../http/index.ts'
import type { Config } from '../../config/config.ts'
import type { Base } from '../base.ts'

/** The built files of the console, which the repository has. */
const directory = join(import.meta.dirname, '../../../../console/dist')

/** Whether the configuration has the web console and its files are built. */
export function hasConsole({ servesConsole }: Config): boolean {
  return servesConsole && existsSync(join(directory, consoleListName))
}

/** Returns the web console; undefined if it is off or not built. The files are read at the first request. */
export function webConsoleOf({ config }: Base): ServedConsole | undefined {
  if (!hasConsole(config)) return undefined
  let files: Promise<ConsoleFiles> | undefined
  return {
    async files() {
      files ??= ConsoleFiles.open(directory)
      try {
        return await files
      } catch (error) {
        files = undefined
        throw error
      }
    },
    config: JSON.stringify(shownConfig(config)),
    tokenEndpoints: signInsOf(config).map(({ tokenEndpoint }) => tokenEndpoint),
  }
}

/** The facts that the console needs before anybody signs in. Everybody who reaches the server can read them. */
function shownConfig(config: Config): object {
  const { regions, insecureNoAuth, vpcs, organizationPoliciesPath, metrics } = config
  const { xks, isOutboundSet, hsmClusters } = config
  return {
    regions,
    defaultRegion: regions[0],
    checksSignatures: !insecureNoAuth,
    issuers: signInsOf(config),
    features: {
      privateEndpoints: vpcs.length > 0,
      organizationPolicies: organizationPoliciesPath !== undefined,
      metrics: metrics !== undefined,
      // A proxy with a public endpoint needs an entry of outbound, which may be for something else.
      externalKeyStores: isOutboundSet || xks.vpcEndpointServices.size > 0,
      cloudHsm: hsmClusters.size > 0,
    },
  }
}

/** The identity providers that people can sign in with. */
const signInsOf = ({ oidcIssuers }: Config) =>
  oidcIssuers.flatMap(({ issuer, console: signIn }) => (signIn === undefined ? [] : [{ issuer, ...signIn }]))
