import assert from 'node:assert/strict'
import { execFile, spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { administratorOf } from '../../fixtures/clients.ts'
import { temporaryDirectory } from '../../fixtures/keyward-process.ts'

const run = promisify(execFile)
const mirror = process.env['KEYWARD_TERRAFORM_PLUGINS']

/** For `describe(name, { skip: … })`: false, or why Terraform cannot be tested here. */
export const skipWithoutTerraform =
  spawnSync('terraform', ['version']).status !== 0
    ? 'terraform was not found on the PATH'
    : mirror === undefined
      ? 'KEYWARD_TERRAFORM_PLUGINS names no mirror of its providers'
      : false

/** AWS's provider for two Regions. It gets nothing except the endpoints, and tags for all resources of the first Region. */
const providers = (url: string) => `
terraform {
  required_providers { aws = { source = "hashicorp/aws" } }
}
provider "aws" {
  region = "us-east-1"
  default_tags { tags = { managed = "terraform" } }
${endpoints(url)}
}
provider "aws" {
  alias  = "west"
  region = "us-west-2"
${endpoints(url)}
}
`

const endpoints = (url: string) => `  endpoints {
    kms        = "${url}"
    iam        = "${url}"
    sts        = "${url}"
    cloudtrail = "${url}"
    ec2        = "${url}"
  }`

interface Server {
  readonly url: string
  readonly dataDirectory: string
}

/** A directory with files of Terraform, and the commands on it. */
export class Terraform {
  readonly #server: Server
  readonly #directory = temporaryDirectory()

  constructor(server: Server) {
    this.#server = server
    const configuration = `provider_installation {\n  filesystem_mirror { path = ${JSON.stringify(mirror)} }\n}\n`
    this.write('terraform.rc', configuration)
    this.write('providers.tf', providers(server.url))
  }

  write(name: string, text: string): void {
    writeFileSync(join(this.#directory, name), text)
  }

  /** Runs a command, and returns its standard output. */
  async run(...args: string[]): Promise<string> {
    const { accessKeyId, secretAccessKey } = administratorOf(this.#server)
    const inherited = Object.entries(process.env).filter(([name]) => !/^(AWS|TF)_/.test(name))
    const env = {
      ...Object.fromEntries(inherited),
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
      AWS_EC2_METADATA_DISABLED: 'true',
      TF_CLI_CONFIG_FILE: join(this.#directory, 'terraform.rc'),
      CHECKPOINT_DISABLE: '1',
    }
    const running = run('terraform', [...args, '-no-color'], {
      cwd: this.#directory,
      env,
      maxBuffer: 2 ** 26,
    })
    const failed = ({ stdout, stderr }: { stdout: string; stderr: string }) => assert.fail(stdout + stderr)
    return (await running.catch(failed)).stdout
  }
}
