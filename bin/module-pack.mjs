// A start loads some 900 modules. Node finds, reads and strips each by itself, and asks the file system a dozen times about it,
// which adds some 100 ms of CPU. A pack is one file with the texts of all these modules, types stripped. An entry counts as
// long as its file has the number, the size and the time of change that it had. The time is the one that nobody can set
// (ctime): npm gives all files of all packages the same time of modification.
import { mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import module from 'node:module'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Imports a module and all that it imports, from the pack where it has them. Modules that it lacks are added to it. */
export async function importPacked(url, packPath) {
  const packed = readPack(packPath)
  const used = new Map()
  const hooks = hookImports(packed, used)
  const imported = await import(url)
  hooks.deregister()
  const isWhole = used.keys().every(usedUrl => packed.has(usedUrl))
  if (!isWhole) writePack(packPath, [...used])
  return imported
}

/** Reads the entries whose files have not changed. A pack that cannot be read has none. */
function readPack(path) {
  const entries = new Map()
  try {
    const bytes = readFileSync(path)
    const tableEnd = 4 + bytes.readUInt32LE()
    let end = tableEnd
    for (const [url, stamp, length] of JSON.parse(bytes.toString('utf8', 4, tableEnd))) {
      const start = end
      end += length
      if (stampOf(url) === stamp) entries.set(url, { stamp, source: bytes.toString('utf8', start, end) })
    }
  } catch {}
  return entries
}

function stampOf(url) {
  const path = url.includes('%') ? fileURLToPath(url) : url.slice('file://'.length)
  const stat = statSync(path, { throwIfNoEntry: false })
  return stat === undefined ? 'gone' : `${stat.ino} ${stat.size} ${stat.ctimeMs}`
}

/** Takes modules from the pack. Notes in `used` all that are loaded. */
function hookImports(packed, used) {
  return module.registerHooks({
    resolve(specifier, context, next) {
      if (specifier.startsWith('node:')) return { url: specifier, format: 'builtin', shortCircuit: true }
      if (!specifier.startsWith('.')) return next(specifier, context)
      // A relative import of a module in the pack names its file in full, so there is nothing to find.
      const href = joinUrl(context.parentURL, specifier)
      return packed.has(href) ? { url: href, format: 'module', shortCircuit: true } : next(specifier, context)
    },
    load(url, context, next) {
      const entry = packed.get(url)
      if (entry !== undefined) {
        used.set(url, entry)
        return { format: 'module', source: entry.source, shortCircuit: true }
      }
      if (!url.startsWith('file:')) return next(url, context)
      // The stamp is older than the text: after a change in between, the entry does not count.
      const stamp = stampOf(url)
      const loaded = next(url, context)
      const source = textOf(loaded)
      if (source !== undefined) used.set(url, { stamp, source })
      return loaded
    },
  })
}

/** As `new URL`, which costs ten times as much, for specifiers such as `../a/b.ts`. A different one gives no name of a module. */
function joinUrl(parentUrl, specifier) {
  let end = parentUrl.lastIndexOf('/')
  let start = specifier.startsWith('./') ? 2 : 0
  for (; specifier.startsWith('../', start); start += 3) end = parentUrl.lastIndexOf('/', end - 1)
  return `${parentUrl.slice(0, end)}/${specifier.slice(start)}`
}

/** The text as JavaScript; undefined for what is no ECMAScript module. */
function textOf({ format, source }) {
  if (format === 'module') return String(source)
  return format === 'module-typescript'
    ? withoutWarning(() => module.stripTypeScriptTypes(String(source)))
    : undefined
}

/** Node warns that its function may change. A pack belongs to one version of Node. */
function withoutWarning(run) {
  const { emitWarning } = process
  process.emitWarning = () => undefined
  try {
    return run()
  } finally {
    process.emitWarning = emitWarning
  }
}

/** Replaces the pack as a whole. If it cannot be written, the next start is slower. */
function writePack(path, entries) {
  const texts = entries.map(([, { source }]) => Buffer.from(source))
  const table = entries.map(([url, { stamp }], index) => [url, stamp, texts[index].length])
  const tableText = Buffer.from(JSON.stringify(table))
  const tableLength = Buffer.alloc(4)
  tableLength.writeUInt32LE(tableText.length)
  const temporary = `${path}.${process.pid}`
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
    writeFileSync(temporary, Buffer.concat([tableLength, tableText, ...texts]), { mode: 0o600, flag: 'wx' })
    renameSync(temporary, path)
  } catch {}
}
