// The steps of Nextcloud's developer documentation for clients, written down as they stand there.

const lines = document.createElement('pre');
lines.id = 'log';
document.body.append(lines);

function log(line) {
  lines.append(line + '\n');
}

function authorization(user, password) {
  return { Authorization: 'Basic ' + btoa(`${user}:${password}`) };
}

async function discover(nextcloud, user, password) {
  const answer = await fetch(`${nextcloud}/ocs/v2.php/cloud/capabilities`, {
    headers: {
      Accept: 'application/json',
      'OCS-APIREQUEST': 'true',
      ...authorization(user, password),
    },
  });
  const { ocs } = await answer.json();
  return ocs.data.capabilities.notify_push.endpoints;
}

function connect(url, user, password) {
  const socket = new WebSocket(url);
  socket.onopen = () => {
    socket.send(user);
    socket.send(password);
  };
  socket.onmessage = (message) => log(message.data);
  socket.onclose = (event) => log(`closed ${event.code}`);
}

async function preAuthenticate(url, user, password) {
  const answer = await fetch(url, { method: 'POST', headers: authorization(user, password) });
  return answer.text();
}

async function upload(nextcloud, user, password, path, content) {
  const url = `${nextcloud}/remote.php/dav/files/${user}/${path}`;
  const headers = authorization(user, password);
  return (await fetch(url, { method: 'PUT', headers, body: content })).status;
}
