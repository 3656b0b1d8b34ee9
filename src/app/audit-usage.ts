import { loggedFacts, type UsageColumn, UsageTable, usageColumns } from '../audit/index.ts'
import { parseArn } from '../domain/index.ts'
import { kms } from '../services/index.ts'
import { Located, OperatorError, readFileIfAny } from '../std/index.ts'
import { callServer, Refused } from './client.ts'
import type { Config } from './config/config.ts'
import { DataDirectory } from './parts/data-directory.ts'

/** A question about the use of keys; the whole log, by day, account, Region, key and operation, where members are undefined. */
export interface UsageQuestion {
  /** Days such as 2026-11-24; both belong to the range. */
  readonly from?: string | undefined
  readonly to?: string | undefined
  /** Names of columns, with commas between them. */
  readonly by?: string | undefined
  /** The names of tags of keys that have columns. */
  readonly tags: readonly string[]
  /** A JSON file with the tags of keys, by their ARNs; the running server is asked if undefined. */
  readonly tagsPath?: string | undefined
  /** The directory of the audit log; the one in the data directory if undefined. */
  readonly directory?: string | undefined
}

const daySeconds = 86_400

/** Returns the number of calls of AWS KMS as CSV, from the files of the audit log. Throws OperatorError. */
export async function auditUsage(config: Config, question: UsageQuestion): Promise<string> {
  const columns = readColumns(question)
  const first = readDay(question.from, '--from') ?? Number.NEGATIVE_INFINITY
  const end = (readDay(question.to, '--to') ?? Number.POSITIVE_INFINITY) + daySeconds
  const directory = question.directory ?? new DataDirectory(config.dataDirectory).auditLogs
  const table = new UsageTable(kms.eventSource, columns)
  // The file of a day can have records of days before it, and none of days after it.
  const from = question.from === undefined ? undefined : { file: `keyward-${question.from}`, offset: 0 }
  try {
    for await (const part of loggedFacts(directory, { from }))
      for (const facts of part) if (facts.time >= first && facts.time < end) table.add(facts)
  } catch (error) {
    throw new OperatorError(`The audit log ${directory} cannot be read: ${(error as Error).message}`)
  }
  const names = question.tags
  const tagsOf = names.length === 0 ? undefined : tagSource(config, question.tagsPath)
  const tags = new Map<string, string[]>()
  if (tagsOf !== undefined)
    for (const key of table.keys) {
      const ofKey = await tagsOf(key)
      tags.set(
        key,
        names.map(name => ofKey.get(name) ?? ''),
      )
    }
  return table.toCsv(names, tags)
}

function readColumns({ by, tags }: UsageQuestion): UsageColumn[] {
  const standard = usageColumns.filter(column => column !== 'tag' || tags.length > 0)
  const columns = by?.split(',').map(name => {
    const column = usageColumns.find(known => known === name)
    if (column === undefined)
      throw new OperatorError(`--by has no column ${name}; its columns are ${usageColumns.join(', ')}.`)
    return column
  })
  if (columns?.includes('tag') !== true) return columns ?? standard
  if (tags.length === 0) throw new OperatorError('--by tag needs the name of a tag: --tag CostCenter.')
  return columns
}

function readDay(text: string | undefined, option: string): number | undefined {
  if (text === undefined) return undefined
  const seconds = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(`${text}T00:00:00Z`) / 1000 : Number.NaN
  if (Number.isNaN(seconds))
    throw new OperatorError(`${option} must be a day such as 2026-11-24, not ${text}.`)
  return seconds
}

type TagSource = (keyArn: string) => Promise<ReadonlyMap<string, string>>

function tagSource(config: Config, path: string | undefined): TagSource {
  if (path === undefined) return arn => tagsFromServer(config, arn)
  const tags = readTagsFile(path)
  return arn => Promise.resolve(tags.get(arn) ?? new Map())
}

function readTagsFile(path: string): ReadonlyMap<string, ReadonlyMap<string, string>> {
  const text = readFileIfAny(path)
  if (text === undefined) throw new OperatorError(`The file of tags ${path} does not exist.`)
  const byArn = Located.parse(text, path).entries()
  return new Map(
    byArn.map(([arn, tags]) => [arn, new Map(tags.entries().map(([name, value]) => [name, value.text()]))]),
  )
}

/** The tags of a key as they are now; none if the key is gone, or is of an account that the caller may not ask about. */
async function tagsFromServer(config: Config, arn: string): Promise<ReadonlyMap<string, string>> {
  const region = parseArn(arn)?.region
  const service = { name: kms.name, targetPrefix: 'TrentService', ...(region && { region }) }
  try {
    const answer = await callServer(config, 'ListResourceTags', { KeyId: arn }, process.env, service)
    const { Tags: tags = [] } = answer as { Tags?: readonly { TagKey: string; TagValue: string }[] }
    return new Map(tags.map(({ TagKey: name, TagValue: value }) => [name, value]))
  } catch (error) {
    if (error instanceof Refused) return new Map()
    throw error
  }
}
