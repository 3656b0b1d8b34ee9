import { isAbsolute } from 'node:path'
import { isLibraryName } from '../../../hsm/index.ts'
import { type Located, needed, OperatorError } from '../../../std/index.ts'
import { locateSetting } from '../located-setting.ts'

/** The paths of PKCS#11 libraries by their names. */
export type Pkcs11Libraries = ReadonlyMap<string, string>

/** Reads the libraries from a YAML file, or from the setting if it is YAML itself. Throws OperatorError. */
export function readPkcs11Settings(setting: string | undefined): Pkcs11Libraries {
  const libraries = new Map<string, string>()
  for (const at of setting === undefined ? [] : locateSetting(setting, 'pkcs11').items()) {
    const { name, library } = at.members(['name', 'library'])
    const nameAt = needed(name, at, 'name')
    const text = nameAt.text()
    if (!isLibraryName(text))
      throw nameAt.error(
        'must have 1 to 64 letters, digits, dots, hyphens and underscores, and begin with a letter or a digit',
      )
    if (libraries.has(text)) throw nameAt.error(`is ${text} a second time`)
    libraries.set(text, readPath(needed(library, at, 'library')))
  }
  return libraries
}

/** A path without a slash would be looked up in the directories of the loader. */
function readPath(at: Located): string {
  const path = at.text()
  if (!isAbsolute(path) || path.includes('\0'))
    throw at.error('must be the absolute path of a PKCS#11 library')
  return path
}

/** Returns the path of a library that is named in the settings, or the path itself. Throws OperatorError. */
export function libraryPathOf(libraries: Pkcs11Libraries, library: string): string {
  const path = isAbsolute(library) ? library : libraries.get(library)
  if (path !== undefined) return path
  const known = [...libraries.keys()].join(', ')
  throw new OperatorError(
    `The setting pkcs11 has no library ${library}${known === '' ? '' : `; it has ${known}`}. Add it there, or give the absolute path of the library.`,
  )
}

/** The settings of Keyward, AWS's SDK, Node and npm, and whatever says that it is a secret. */
const withheld =
  /^(KEYWARD|AWS|NODE|npm)_|SECRET|TOKEN|PASSW|PASSPHRASE|CREDENTIAL|PRIVATE|(^|_)PIN($|_)|(^|_)(API_?KEY|KEY|PAT|DSN|AUTH)$/i

/**
 * Returns the environment of the process of a library. Vendors choose the variables that their libraries read, such as SOFTHSM2_CONF, so
 * all pass but those that may be secrets of the server.
 */
export function libraryEnvironment(environment: NodeJS.ProcessEnv = process.env): Record<string, string> {
  const passed = Object.entries(environment).filter(([name]) => !withheld.test(name))
  return Object.fromEntries(passed.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])))
}
