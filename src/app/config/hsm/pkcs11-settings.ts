import { isAbsolute } from 'node:path'
import { isLibraryName } from '../../../hsm/index.ts'
import { type Located, needed, OperatorError } from '../../../std/index.ts'
import { locateSetting } from '../located-setting.ts'

/** A PKCS#11 library. */
export interface Pkcs11Library {
  /** The absolute path of the shared library. */
  readonly path: string
  /** The variables that its process has besides those of the server, or in their place. */
  readonly environment: Readonly<Record<string, string>>
}

/** PKCS#11 libraries by their names. */
export type Pkcs11Libraries = ReadonlyMap<string, Pkcs11Library>

/** Reads the libraries from a YAML file, or from the setting if it is YAML itself. Throws OperatorError. */
export function readPkcs11Settings(setting: string | undefined): Pkcs11Libraries {
  const libraries = new Map<string, Pkcs11Library>()
  for (const at of setting === undefined ? [] : locateSetting(setting, 'pkcs11').items()) {
    const { name, library, environment } = at.members(['name', 'library', 'environment'])
    const nameAt = needed(name, at, 'name')
    const text = nameAt.text()
    if (!isLibraryName(text))
      throw nameAt.error(
        'must have 1 to 64 letters, digits, dots, hyphens and underscores, and begin with a letter or a digit',
      )
    if (libraries.has(text)) throw nameAt.error(`is ${text} a second time`)
    const path = readPath(needed(library, at, 'library'))
    libraries.set(text, { path, environment: readEnvironment(environment) })
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

/** The variables that change what the process itself runs. */
const reserved = /^(KEYWARD|NODE|npm)_|^LD_(PRELOAD|AUDIT)$|^DYLD_/i

function readEnvironment(at: Located | undefined): Record<string, string> {
  const entries = at?.entries() ?? []
  return Object.fromEntries(
    entries.map(([name, value]) => {
      if (!/^[A-Za-z_]\w*$/.test(name))
        throw value.error('must have a name of letters, digits and underscores')
      if (reserved.test(name)) throw value.error('must not be set for a library')
      const text = value.text()
      if (text.includes('\0')) throw value.error('must not have a NUL')
      return [name, text]
    }),
  )
}

/** Returns a library that is named in the settings, or the one at an absolute path. Throws OperatorError. */
export function libraryOf(libraries: Pkcs11Libraries, library: string): Pkcs11Library {
  const found = isAbsolute(library) ? { path: library, environment: {} } : libraries.get(library)
  if (found !== undefined) return found
  const known = [...libraries.keys()].join(', ')
  throw new OperatorError(
    `The setting pkcs11 has no library ${library}${known === '' ? '' : `; it has ${known}`}. Add it there, or give the absolute path of the library.`,
  )
}

/** The settings of Keyward, AWS's SDK, Node and npm, and whatever says that it is a secret. */
const withheld =
  /^(KEYWARD|AWS|NODE|npm)_|SECRET|TOKEN|PASSW|PASSPHRASE|CREDENTIAL|PRIVATE|(^|_)PIN($|_)|(^|_)(API_?KEY|KEY|PAT|DSN|AUTH)$/i

/** The user of a URL (RFC 3986, 3.2.1), whose password may have any character where the URL is not well-formed, and a password by its name. */
const hasPassword = (value: string) => /:\/\/.*@|(passw(or)?d|pwd)=/is.test(value)

/**
 * Returns the environment of the process of a library. Vendors choose the variables that their libraries read, such as SOFTHSM2_CONF, so
 * all of the server's pass but those that may be secrets of the server. The library's own variables pass as they are.
 */
export function libraryEnvironment(
  own: Readonly<Record<string, string>>,
  environment: NodeJS.ProcessEnv = process.env,
): Record<string, string> {
  const passed = Object.entries(environment).flatMap(([name, value]) =>
    value === undefined || withheld.test(name) || hasPassword(value) ? [] : [[name, value] as const],
  )
  return { ...Object.fromEntries(passed), ...own }
}
