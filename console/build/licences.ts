import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { consoleDirectory } from './options.ts'

/** The packages that only build or test the console: nothing of them is in the built files. */
const ofTools =
  /^(?:vite|rolldown|axe-core|playwright-core|lightningcss|typescript|@types\/.*|.*(?:oxc|rolldown|lightningcss|napi-rs|emnapi|tybring).*|postcss|nanoid|picocolors|picomatch|source-map-js|tinyglobby|fdir|fsevents|detect-libc)$/

/** Returns the texts of the licences of all packages that the built files can have code of, in the order of their names. */
export function licenceTexts(): string {
  const modules = join(consoleDirectory, 'node_modules')
  const lock = JSON.parse(readFileSync(join(consoleDirectory, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { version?: string; license?: string }>
  }
  const names = Object.keys(lock.packages)
    .filter(path => path.startsWith('node_modules/'))
    .map(path => path.slice('node_modules/'.length))
    .filter(name => !ofTools.test(name) && existsSync(join(modules, name)))
    .sort()
  return names
    .map(name => {
      const { version, license } = lock.packages[`node_modules/${name}`] ?? {}
      return `${name} ${version}, licence ${license}\n\n${licenceOf(join(modules, name))}`
    })
    .join(`\n${'-'.repeat(80)}\n\n`)
}

function licenceOf(directory: string): string {
  const files = readdirSync(directory).filter(name => /^(?:licen[cs]e|notice|third-party)/i.test(name))
  return files
    .sort()
    .map(name => readFileSync(join(directory, name), 'utf8').trim())
    .join('\n\n')
}
