# One image for web, worker, beat and migrate; PostgreSQL and Redis are servers of your own (docker-compose.yml).
FROM python:3.11-slim-bookworm

ENV PYTHONUNBUFFERED=1 PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /app
# What PDFs of business reviews are drawn with.
RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends libpango-1.0-0 libpangoft2-1.0-0 \
    libharfbuzz-subset0 fonts-liberation fonts-noto-cjk && rm -rf /var/lib/apt/lists/*
RUN useradd --system --create-home --uid 10001 perennial && mkdir /data && chown perennial /data

COPY requirements/base.txt requirements/base.txt
RUN pip install --no-deps --require-hashes -r requirements/base.txt
COPY . .
# Collecting needs no server: the addresses are never opened, the key signs nothing.
RUN DATABASE_URL=postgresql://build@build/build REDIS_URL=redis://build \
    SECRET_KEY=only-for-collecting-static-files-while-building-the-image \
    python manage.py collectstatic --no-input --verbosity 0 --ignore 'redoc*' && python -m compileall -q .

USER perennial
ENV HOST=0.0.0.0 PORT=8000 PERENNIAL_DATA=/data PROMETHEUS_MULTIPROC_DIR=/dev/shm
VOLUME /data
EXPOSE 8000
CMD ["python", "-m", "gunicorn", "--config", "python:config.gunicorn", "config.wsgi"]
