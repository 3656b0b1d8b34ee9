import { readdirSync, readFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'

export const checkout = resolve(import.meta.dirname, '../..')
const source = join(checkout, 'src')

/** A file of `src/`, by its path under it. */
export interface SourceFile {
  readonly path: string
  readonly text: string
  readonly imports: readonly string[]
}

/** All TypeScript files under a folder of the checkout, by their paths under that folder. */
export function listFiles(folder: string): string[] {
  return readdirSync(join(checkout, folder), { recursive: true, encoding: 'utf8' })
    .filter(path => /\.tsx?$/.test(path))
    .map(path => path.replaceAll('\\', '/'))
}

function readSource(path: string): SourceFile {
  const text = readFileSync(join(source, path), 'utf8')
  const imports = Array.from(text.matchAll(/(?:from|import)\s*\(?'([^']+)'/g), match => match[1] ?? '')
  return { path, text, imports }
}

export const isTest = ({ path }: { readonly path: string }) => path.endsWith('.test.ts')
export const files: readonly SourceFile[] = listFiles('src').map(readSource)
export const production = files.filter(file => !isTest(file))

/** The file under `src/` that a relative import names. */
export function targetOf(file: SourceFile, specifier: string): string {
  return relative(source, resolve(source, file.path, '..', specifier)).replaceAll('\\', '/')
}

export const roomOf = (path: string) => path.split('/', 1)[0] ?? ''
export const relativeImports = (file: SourceFile) =>
  file.imports.filter(specifier => specifier.startsWith('.'))

/** The code of a file, without comments and imports. */
export function codeOf({ text }: SourceFile): string {
  return text
    .replaceAll(/^(?:import|export)(?: type)? (?:\{[^}]*\}|\*[^']*) from '[^']*'$/gm, '')
    .replaceAll(/^\s*(?:\/\*\*[\s\S]*?\*\/|\/\/.*)$/gm, '')
}

/** The names that a door exports, each with the file that declares it. */
export function exportsOf(door: string): Map<string, SourceFile> {
  const byPath = new Map(files.map(file => [file.path, file]))
  const file = byPath.get(door)
  const names = new Map<string, SourceFile>()
  if (file === undefined) return names
  for (const [, name = ''] of file.text.matchAll(declaration)) names.set(name, file)
  for (const [, list = '', specifier = ''] of file.text.matchAll(listed)) {
    const from = exportsOf(targetOf(file, specifier))
    for (const item of list.split(',')) {
      const name = item.trim().replace(/^type /, '')
      const declared = from.get(name)
      if (declared !== undefined) names.set(name, declared)
    }
  }
  for (const [, specifier = ''] of file.text.matchAll(/^export \* from '(\.[^']+)'/gm))
    for (const [name, declared] of exportsOf(targetOf(file, specifier))) names.set(name, declared)
  return names
}

const declaration = /^export (?:abstract )?(?:async )?(?:interface|type|const|function\*?|class|let) (\w+)/gm
const listed = /^export (?:type )?\{([^}]*)\} from '(\.[^']+)'/gm

/** Whether the declaration of a name has a documentation sentence directly above it. */
export function isDocumented({ text }: SourceFile, name: string): boolean {
  return new RegExp(
    `\\*/\\n(?://.*\\n)*export (?:abstract )?(?:async )?(?:interface|type|const|function\\*?|class|let) ${name}\\b`,
  ).test(text)
}
