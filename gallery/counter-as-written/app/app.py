from flask import Flask
import psycopg2
import os

app = Flask(__name__)

db_host = os.environ.get('DB_HOST')
db_user = os.environ.get('DB_USER')
db_password = os.environ.get('DB_PASSWORD')
db_name = os.environ.get('DB_NAME')

def get_db_connection():
    conn = psycopg2.connect(host=db_host,
                            database=db_name,
                            user=db_user,
                            password=db_password)
    return conn

def initialize_db():
    conn = get_db_connection()
    cur = conn.cursor()
    cur.execute("CREATE TABLE IF NOT EXISTS counter (id SERIAL PRIMARY KEY, count INTEGER);")
    cur.execute("INSERT INTO counter (count) SELECT 0 WHERE NOT EXISTS (SELECT 1 FROM counter);")
    conn.commit()
    cur.close()
    conn.close()

@app.route('/')
def increment_counter():
    conn = get_db_connection()
    cur = conn.cursor()
    cur.execute("UPDATE counter SET count = count + 1;")
    cur.execute("SELECT count FROM counter;")
    count = cur.fetchone()[0]
    conn.commit()
    cur.close()
    conn.close()
    return f"Counter: {count}"

if __name__ == '__main__':
    initialize_db()
    app.run(debug=True, host='0.0.0.0')
