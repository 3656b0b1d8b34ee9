import type { ButtonDropdownProps } from '@cloudscape-design/components/button-dropdown'
import { roleLabel } from '../model/roles.ts'
import { type Session, signOut } from '../session/session.ts'
import { recentRoles, switchBack } from '../session/switch-role.ts'

/** The menu of the person who is signed in. Roles that were taken on before are one click away. */
export function userMenu({ before }: Session): ButtonDropdownProps.ItemOrGroup[] {
  const recent = recentRoles().map(role => ({ id: `role:${role}`, text: roleLabel(role) }))
  return [
    ...(before === undefined ? [] : [{ id: 'back', text: `Switch back to ${nameOf(before.arn)}` }]),
    ...(recent.length === 0 ? [] : [{ id: 'recent', text: 'Roles', items: recent }]),
    { id: 'switch', text: 'Switch role' },
    { id: 'sign-out', text: 'Sign out' },
  ]
}

/** Does what somebody chose. `onSwitch` opens the form for a role. */
export function chooseOfUserMenu(id: string, onSwitch: (role: string | undefined) => void): void {
  if (id === 'sign-out') signOut('asked')
  else if (id === 'back') switchBack()
  else if (id === 'switch') onSwitch(undefined)
  else if (id.startsWith('role:')) onSwitch(id.slice('role:'.length))
}

/** The last part of an ARN: `user/alice`. */
export const nameOf = (arn: string): string => arn.slice(arn.lastIndexOf(':') + 1)
