"""A gateway in the structure of Google's own Live examples; the code is ours.

    python google_way.py PORT

As in google-gemini/gemini-live-api-examples (gemini-live-genai-python-sdk, read in autumn 2026): a
client for each connection, an unbounded queue for each kind of input and one for events, a task for
each queue, functions in an executor, events sent to the browser as JSON, sound as binary frames.
Its root logger is left at WARNING, which is to its advantage.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from functools import partial
from typing import Any, Final

import uvicorn
from fastapi import FastAPI, WebSocket, WebSocketDisconnect
from google import genai
from google.genai import types
from google.genai.live import AsyncSession

MODEL: Final = "gemini-3.8-live"
app = FastAPI()


@app.get("/")
async def root() -> dict[str, str]:
    """Say that the service runs."""
    return {"status": "running"}


def update_shopping_list(**product: Any) -> dict[str, Any]:  # noqa: ANN401 - whatever is called with
    """Carry out the one function there is."""
    return {"status": "ok", **product}


class Live:
    """One connection's session with Gemini."""

    def __init__(self) -> None:
        self._client = genai.Client(
            api_key=os.environ["GEMINI_API_KEY"],
            http_options=types.HttpOptions(api_version="v1beta"),
        )
        self._functions = {"update_shopping_list": update_shopping_list}

    async def events(
        self, audio: asyncio.Queue[bytes], text: asyncio.Queue[str]
    ) -> AsyncIterator[dict[str, Any]]:
        """Send what is in the queues; yield what comes back."""
        config = types.LiveConnectConfig(
            response_modalities=[types.Modality.AUDIO],
            system_instruction=types.Content(parts=[types.Part(text="Keep a shopping list.")]),
            input_audio_transcription=types.AudioTranscriptionConfig(),
            output_audio_transcription=types.AudioTranscriptionConfig(),
            tools=[
                types.Tool(
                    function_declarations=[types.FunctionDeclaration(name="update_shopping_list")]
                )
            ],
        )
        found: asyncio.Queue[dict[str, Any] | None] = asyncio.Queue()
        async with self._client.aio.live.connect(model=MODEL, config=config) as session:
            tasks = [
                asyncio.create_task(self._send_audio(session, audio)),
                asyncio.create_task(self._send_text(session, text)),
                asyncio.create_task(self._receive(session, found)),
            ]
            try:
                while (event := await found.get()) is not None:
                    yield event
            finally:
                for task in tasks:
                    task.cancel()

    async def _send_audio(self, session: AsyncSession, audio: asyncio.Queue[bytes]) -> None:
        while True:
            chunk = await audio.get()
            await session.send_realtime_input(
                audio=types.Blob(data=chunk, mime_type="audio/pcm;rate=16000")
            )

    async def _send_text(self, session: AsyncSession, text: asyncio.Queue[str]) -> None:
        while True:
            await session.send_realtime_input(text=await text.get())

    async def _receive(
        self, session: AsyncSession, found: asyncio.Queue[dict[str, Any] | None]
    ) -> None:
        try:
            while True:
                async for response in session.receive():
                    await self._take(session, response, found)
        finally:
            await found.put(None)

    async def _take(
        self,
        session: AsyncSession,
        response: types.LiveServerMessage,
        found: asyncio.Queue[dict[str, Any] | None],
    ) -> None:
        content = response.server_content
        if content:
            if content.input_transcription and content.input_transcription.text:
                await found.put({"type": "user", "text": content.input_transcription.text})
            if content.turn_complete:
                await found.put({"type": "turn_complete"})
        if response.tool_call:
            await self._carry_out(session, response.tool_call, found)

    async def _carry_out(
        self,
        session: AsyncSession,
        tool_call: types.LiveServerToolCall,
        found: asyncio.Queue[dict[str, Any] | None],
    ) -> None:
        answers = []
        loop = asyncio.get_running_loop()
        for call in tool_call.function_calls or []:
            name, args = call.name or "", call.args or {}
            function = self._functions[name]
            result = await loop.run_in_executor(None, partial(function, **args))
            answers.append(
                types.FunctionResponse(name=name, id=call.id, response={"result": result})
            )
            await found.put({"type": "tool_call", "name": name, "args": args, "result": result})
        await session.send_tool_response(function_responses=answers)


@app.websocket("/ws")
async def serve(websocket: WebSocket) -> None:
    """Relay one connection."""
    await websocket.accept()
    audio: asyncio.Queue[bytes] = asyncio.Queue()
    text: asyncio.Queue[str] = asyncio.Queue()
    live = Live()

    async def receive_from_client() -> None:
        try:
            while True:
                message = await websocket.receive()
                if message.get("bytes"):
                    await audio.put(message["bytes"])
                elif message.get("text"):
                    await text.put(message["text"])
                elif message["type"] == "websocket.disconnect":
                    return
        except WebSocketDisconnect:
            return

    receiving = asyncio.create_task(receive_from_client())
    try:
        async for event in live.events(audio, text):
            await websocket.send_json(event)
    finally:
        receiving.cancel()


if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="warning")
