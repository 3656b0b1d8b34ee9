import { type AuditHead, findLastBlock, parseWitnessedHeads, renderHead } from '../audit/index.ts'
import { AddressRanges, exchangeHttp, OperatorError, OutboundPolicy, readNamedFile } from '../std/index.ts'
import type { Config } from './config/config.ts'

const limits = { timeoutMillis: 60_000, sizeMaxBytes: 256 * 1024 * 1024 }

/**
 * Reads the heads that a witness has. A witness is a file, as a path or with `file:` before it, or a URL: that of a `keyward`
 * witness of the configuration, or one that answers with a head on each line. Throws OperatorError.
 */
export async function readWitness(config: Config, directory: string, witness: string): Promise<AuditHead[]> {
  if (!/^https?:\/\//.test(witness)) {
    const path = witness.startsWith('file:') ? witness.slice('file:'.length) : witness
    if (/^[a-z]+:\/\//.test(path))
      throw new OperatorError(`The witness ${witness} is neither a file nor an http or https URL.`)
    return parse(readNamedFile(path), path)
  }
  const url = URL.canParse(witness) ? new URL(witness) : undefined
  if (url === undefined) throw new OperatorError(`The witness ${witness} is not a URL.`)
  try {
    return await readFromUrl(config, directory, url)
  } catch (error) {
    if (error instanceof OperatorError) throw error
    throw new OperatorError(`The witness ${witness} cannot be read: ${(error as Error).message}`)
  }
}

async function readFromUrl(config: Config, directory: string, url: URL): Promise<AuditHead[]> {
  // The operator names the URL here, so this connection needs no entry in the setting outbound.
  const ranges = AddressRanges.of('0.0.0.0/0', '::/0')
  const outbound = new OutboundPolicy({ hosts: [url.hostname], ranges })
  for (const { target } of config.audit.witnesses) {
    if (target.type !== 'keyward' || target.url.href !== url.href) continue
    const { openKeywardWitness } = await import('./parts/sinks.ts')
    const stream = (await findLastBlock(directory))?.stream
    if (stream === undefined) throw new OperatorError(`The audit log in ${directory} is not chained.`)
    const heads = await openKeywardWitness({ ...config, outbound }, target).list(stream)
    return parse(heads.map(renderHead).join('\n'), url.href)
  }
  const { status, body } = await exchangeHttp({ method: 'GET', url }, outbound, limits)
  if (status !== 200) throw new Error(`status ${status}`)
  return parse(body.toString('utf8'), url.href)
}

function parse(text: string, source: string): AuditHead[] {
  const heads = parseWitnessedHeads(text)
  if (heads === undefined) throw new OperatorError(`${source} does not have a head on each line.`)
  return heads
}
