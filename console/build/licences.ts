import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { consoleDirectory } from './options.ts'

/** Returns the licences of the packages that modules are of, in the order of the packages' names. Each package stands once. */
export function licenceTexts(modules: Iterable<string>): string {
  const directories = new Set(Array.from(modules, packageOf).filter(path => path !== undefined))
  const texts = new Map(
    Array.from(directories, directory => {
      const { name, version, license } = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'))
      return [`${name} ${version}`, `licence ${license}\n\n${licenceOf(directory)}`] as const
    }),
  )
  return [...texts.keys()]
    .sort()
    .map(name => `${name}, ${texts.get(name)}`)
    .join(`\n${'-'.repeat(80)}\n\n`)
}

/** The directory of the package that a module is of; undefined for the console's own. */
function packageOf(module: string): string | undefined {
  // The build adds helpers of its own, whose names begin so.
  const tool = /^\0(vite|rolldown)\//.exec(module)?.[1]
  if (tool !== undefined) return join(consoleDirectory, 'node_modules', tool)
  return /^(.*\/node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(module)?.[1]
}

function licenceOf(directory: string): string {
  return readdirSync(directory)
    .filter(name => /^(?:licen[cs]e|notice|third-party)/i.test(name))
    .sort()
    .map(name => readFileSync(join(directory, name), 'utf8').trim())
    .join('\n\n')
}
