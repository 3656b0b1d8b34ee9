import { fromBase64, toBase64 } from '../model/bytes/base64.ts'

/** The members of a JSON answer that are times or bytes, each by its path: `KeyMetadata.CreationDate`, `Aliases[].CreationDate`. */
export interface JsonTypes {
  readonly times?: readonly string[]
  readonly blobs?: readonly string[]
}

/** Writes an input: bytes as Base64, times as seconds since 1970 (AWS JSON 1.1). */
export function writeInput(input: object): string {
  return JSON.stringify(input, function (this: Record<string, unknown>, name, value: unknown) {
    const given = this[name]
    if (given instanceof Date) return given.getTime() / 1000
    return given instanceof Uint8Array ? toBase64(given) : value
  })
}

/** Gives the members of an answer their types. Only the listed paths are changed: maps with free names stay as they are. */
export function readMembers<O>(answer: unknown, { times = [], blobs = [] }: JsonTypes): O {
  for (const path of times) change(answer, path.split('.'), value => new Date(Number(value) * 1000))
  for (const path of blobs) change(answer, path.split('.'), value => fromBase64(String(value)))
  return answer as O
}

function change(at: unknown, [step, ...rest]: readonly string[], to: (value: unknown) => unknown): void {
  if (typeof at !== 'object' || at === null || step === undefined) return
  const name = step.replace('[]', '')
  const holder = at as Record<string, unknown>
  if (!Object.hasOwn(holder, name) || holder[name] === null) return
  if (rest.length === 0) holder[name] = to(holder[name])
  else if (step.endsWith('[]')) for (const item of holder[name] as unknown[]) change(item, rest, to)
  else change(holder[name], rest, to)
}
