# The site, its workers and its commands: one image, see compose.yaml and docs/operations.md.
FROM python:3.11-slim AS packages
RUN python -m venv /packages
COPY requirements.txt .
RUN /packages/bin/pip install --no-cache-dir --require-hashes -r requirements.txt

FROM python:3.11-slim
RUN useradd --uid 10001 --user-group --no-create-home --home-dir /medicare \
        --shell /usr/sbin/nologin medicare \
    && install -d -o medicare -g medicare -m 0700 /medicare/var
WORKDIR /medicare
COPY --from=packages /packages /packages
COPY manage.py .
COPY src src
ENV PATH=/packages/bin:$PATH \
    PYTHONPATH=/medicare/src \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    DJANGO_SETTINGS_MODULE=medicare_django.settings
USER medicare
VOLUME /medicare/var
EXPOSE 8000
# The shell gives way to the server, which so hears the signal that ends it.
CMD ["sh", "-c", "exec granian --interface wsgi --http 1 --no-ws --host 0.0.0.0 --port 8000 \
--workers ${WEB_PROCESSES:-2} --blocking-threads ${WEB_THREADS:-3} --respawn-failed-workers \
--workers-kill-timeout 10 --log-level warning medicare_django.wsgi:application"]
