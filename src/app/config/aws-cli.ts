import { spawnSync } from 'node:child_process'

/** The first minor versions that read AWS_ENDPOINT_URL (AWS Developer Tools Blog, "New: Improved flexibility when configuring endpoint URLs"). */
const minorMinByMajor: Readonly<Record<number, number>> = { 1: 29, 2: 13 }

/**
 * Returns why the `aws` on the PATH ignores the lines of `readExportLines`; undefined if it reads them, or if there is none.
 * `url` is the endpoint.
 */
export function awsCliWarning(url: string): string | undefined {
  const { stdout, stderr } = spawnSync('aws', ['--version'], { encoding: 'utf8', timeout: 5000 })
  // Under Python 2 the version goes to standard error.
  const [, version, major, minor] = /^aws-cli\/((\d+)\.(\d+)\S*)/m.exec(`${stdout}\n${stderr}`) ?? []
  const minorMin = minorMinByMajor[Number(major)]
  if (minorMin === undefined || Number(minor) >= minorMin) return undefined
  return `The aws on the PATH is version ${version}. It does not read AWS_ENDPOINT_URL and calls the real AWS.
         Install 2.13 or later (1.29 or later of version 1), or add to each command: --endpoint-url ${url}`
}
