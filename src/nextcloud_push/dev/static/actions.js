// What can be made to happen. Each action names its fields and makes one HTTP request of them, from
// which both the call of this page and the curl line are made.

import { basic } from './dom.js';

const OCS = { 'OCS-APIRequest': 'true', 'Accept': 'application/json' };
const FORM = { 'Content-Type': 'application/x-www-form-urlencoded' };
const JSON_TYPE = { 'Content-Type': 'application/json' };

const encodePath = (path) => path.split('/').filter(Boolean).map(encodeURIComponent).join('/');
const dav = (user, path) => `/remote.php/dav/files/${encodeURIComponent(user)}/${encodePath(path)}`;
const form = (values) => new URLSearchParams(values).toString();
const emit = (event) =>
  ({ method: 'POST', path: '/dev/emit', headers: JSON_TYPE, body: JSON.stringify(event) });

const user = (label = 'User', value = 'alice') => ({ name: 'user', label, value, list: 'users' });
const path = (value = 'Documents/hello.txt') => ({ name: 'path', label: 'Path', value });

export const ACTIONS = [
  {
    id: 'upload', title: 'Upload', button: 'Upload',
    fields: [user(), path('hello.txt'),
      { name: 'content', label: 'Content', value: 'Hello!', wide: true, rows: 2 }],
    request: (v) => ({
      method: 'PUT', path: dav(v.user, v.path), user: v.user, body: v.content,
      headers: { 'Content-Type': 'application/octet-stream' },
    }),
  },
  {
    id: 'folder', title: 'Folder', button: 'Make folder',
    fields: [user(), path('Documents')],
    request: (v) => ({ method: 'MKCOL', path: dav(v.user, v.path), user: v.user }),
  },
  {
    id: 'move', title: 'Move', button: 'Move',
    fields: [user(), path('hello.txt'),
      { name: 'target', label: 'To', value: 'renamed.txt', wide: true }],
    request: (v) => ({
      method: 'MOVE', path: dav(v.user, v.path), user: v.user,
      headers: { Destination: dav(v.user, v.target) },
    }),
  },
  {
    id: 'delete', title: 'Delete', button: 'Delete',
    fields: [user(), path('hello.txt')],
    request: (v) => ({ method: 'DELETE', path: dav(v.user, v.path), user: v.user }),
  },
  {
    id: 'share', title: 'Share', button: 'Share',
    fields: [user('Who shares'), path('hello.txt'),
      { name: 'kind', label: 'With a', options: [['0', 'user'], ['1', 'group']] },
      { name: 'receiver', label: 'Name', value: 'bob', list: 'users' }],
    request: (v) => ({
      method: 'POST', path: '/ocs/v2.php/apps/files_sharing/api/v1/shares', user: v.user,
      headers: { ...OCS, ...FORM },
      body: form({ path: v.path, shareType: v.kind, shareWith: v.receiver }),
    }),
  },
  {
    id: 'notification', title: 'Notification', button: 'Notify',
    fields: [user('For'), { name: 'text', label: 'Text', value: 'Lunch is ready' }],
    request: (v) => ({
      method: 'POST', user: 'admin', headers: { ...OCS, ...FORM },
      path: `/ocs/v2.php/apps/notifications/api/v2/admin_notifications/${encodeURIComponent(v.user)}`,
      body: form({ shortMessage: v.text }),
    }),
  },
  {
    id: 'activity', title: 'Activity', button: 'Add activity',
    fields: [user('For')],
    request: (v) => emit({ kind: 'activity', user: v.user }),
  },
  {
    id: 'group', title: 'Group', button: 'Change membership',
    fields: [user(), { name: 'group', label: 'Group', value: 'guests', list: 'groups' },
      { name: 'method', label: 'What', options: [['POST', 'joins'], ['DELETE', 'leaves']] }],
    request: (v) => ({
      method: v.method, path: `/ocs/v2.php/cloud/users/${encodeURIComponent(v.user)}/groups`,
      user: 'admin', headers: { ...OCS, ...FORM }, body: form({ groupid: v.group }),
    }),
  },
  {
    id: 'custom', title: 'Custom', button: 'Send',
    fields: [user('For'), { name: 'message', label: 'Type', value: 'myapp_progress' },
      { name: 'body', label: 'Body (JSON; empty for none)', wide: true, rows: 6, json: true,
        value: '{\n  "done": 3,\n  "of": 10\n}' }],
    request: (v) => emit({
      kind: 'custom', user: v.user, message: v.message,
      ...(v.body.trim() ? { body: JSON.parse(v.body) } : {}),
    }),
  },
];

/** Make the call; every user's password is the user's name. */
export async function perform(request) {
  const headers = { ...request.headers };
  if (request.user) headers.Authorization = basic(request.user, request.user);
  const answer = await fetch(request.path, {
    method: request.method, headers, body: request.body, credentials: 'omit',
  });
  if (!answer.ok) throw new Error(`${answer.status} ${await reasonOf(answer)}`);
  return answer.status;
}

async function reasonOf(answer) {
  const text = await answer.text();
  try {
    const data = JSON.parse(text);
    return data.ocs?.meta.message ?? data.message ?? answer.statusText;
  } catch {
    const parsed = new DOMParser().parseFromString(text, 'text/xml');
    const message = parsed.getElementsByTagNameNS('http://sabredav.org/ns', 'message')[0];
    return message?.textContent ?? answer.statusText;
  }
}

const quote = (text) => (/^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`);

/** The same call as a command line. */
export function curl(request) {
  const parts = ['curl'];
  if (request.user) parts.push('-u', quote(`${request.user}:${request.user}`));
  parts.push('-X', request.method);
  for (const [name, value] of Object.entries(request.headers ?? {})) {
    if (value !== FORM['Content-Type']) parts.push('-H', quote(`${name}: ${value}`));
  }
  if (request.body !== undefined) parts.push('--data-raw', quote(request.body));
  parts.push(quote(location.origin + request.path));
  return parts.join(' ');
}
