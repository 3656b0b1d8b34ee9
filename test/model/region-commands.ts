import { call, type Expected, KeyCommand, regions, type Scene, succeeds, type Target } from './command.ts'
import { isReplica, newMember } from './model.ts'
import { answerOf } from './reference-table.ts'

const unsupported = 'UnsupportedOperationException'

abstract class ToRegion extends KeyCommand {
  readonly #to: number

  constructor(target: Target, to: number) {
    super(target)
    this.#to = to
  }

  /** The Region of the command, which is mostly a sensible one. */
  protected toFrom(sensible: readonly string[]): string {
    const places = [...sensible, ...sensible, ...sensible, ...regions]
    return places[this.#to % places.length] ?? regions[0]
  }

  toString = () => this.show(this.#to)

  /** The error of a key that is not a multi-Region primary, since only primaries are replicated and moved. */
  protected unless({ key, member }: Scene, ofReplica: string): string | undefined {
    if (!key.isMultiRegion) return unsupported
    return member !== undefined && isReplica(key, member) ? ofReplica : undefined
  }
}

export class ReplicateKey extends ToRegion {
  async act(scene: Scene): Promise<void> {
    const { key, region } = scene
    const to = this.toFrom(regions.filter(name => !key.members.has(name)))
    const done = await call(scene, {
      operation: 'ReplicateKey',
      input: { ReplicaRegion: to },
      unless: this.unless(scene, unsupported),
      expected:
        to === region
          ? ['ValidationException']
          : [key.members.has(to) ? 'AlreadyExistsException' : undefined],
    })
    if (done === undefined) return
    key.members.set(to, newMember(to, 'Creating', key.isImported ? 'PendingImport' : 'Enabled'))
  }
}

export class UpdatePrimaryRegion extends ToRegion {
  async act(scene: Scene): Promise<void> {
    const { key, member, region } = scene
    const to = this.toFrom([...key.members.keys()].filter(name => name !== region))
    const replica = key.members.get(to)
    const ofReplica = replica && [replica.state, replica.next ?? replica.state]
    const there: Expected =
      to === region
        ? succeeds
        : (ofReplica?.map(state => answerOf('UpdatePrimaryRegion', state)) ?? ['ValidationException'])
    const done = await call(scene, {
      operation: 'UpdatePrimaryRegion',
      input: { PrimaryRegion: to },
      unless: this.unless(scene, 'KMSInvalidStateException'),
      expected: there,
      others: there.filter(error => error !== undefined),
    })
    if (done === undefined || member === undefined || replica === undefined || to === region) return
    key.primaryRegion = to
    for (const moving of [member, replica]) {
      moving.next ??= moving.state
      moving.state = 'Updating'
    }
  }
}
